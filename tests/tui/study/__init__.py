"""Tests of what is found out about a whole log."""
