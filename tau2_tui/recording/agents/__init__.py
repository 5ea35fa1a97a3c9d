"""Agents and users that need no language model, and agents that deal with the failures and limits of one."""
