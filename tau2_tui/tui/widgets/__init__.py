"""Widgets that draw lines themselves. They know no screen; they are given a source of lines."""
