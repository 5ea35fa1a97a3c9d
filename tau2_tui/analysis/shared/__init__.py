"""What several statistics are made with: estimates, intervals, exact tests, quantiles."""
