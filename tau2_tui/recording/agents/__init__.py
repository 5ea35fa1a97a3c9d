"""Agents and users that need no language model."""
