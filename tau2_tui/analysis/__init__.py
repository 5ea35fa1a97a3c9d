"""Numbers: pure functions from a run's records to frozen results, on statsmodels, scipy and numpy."""
