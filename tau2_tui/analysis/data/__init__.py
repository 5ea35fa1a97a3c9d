"""What the statistics are made of: a run's records, and how they are read from a log."""
