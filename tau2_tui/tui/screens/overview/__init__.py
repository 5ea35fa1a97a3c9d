"""The run at a glance: how good it is, what happened where, and what to look at first."""
