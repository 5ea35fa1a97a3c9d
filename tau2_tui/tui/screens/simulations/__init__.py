"""The simulations of a run as a table."""
