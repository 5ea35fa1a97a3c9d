"""Opening another log, or changing to one that is open."""
