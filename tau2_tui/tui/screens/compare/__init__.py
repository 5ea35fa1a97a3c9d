"""Runs against each other, and two simulations of a task side by side."""
