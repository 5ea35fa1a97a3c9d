"""Statistics of one run's simulations: how often it succeeds, and what that says."""
