"""What is found out about a whole log: of a big one in a process of its own, so that no key has to wait for it."""
