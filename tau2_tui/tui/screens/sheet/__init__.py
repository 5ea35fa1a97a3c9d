"""Sheets of numbers: written in a worker, laid out for any width, each number with its meaning and its events."""
