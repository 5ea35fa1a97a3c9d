"""The screen of reference actions: what was expected, beside what was called."""
