"""The timeline: one line an event, and beside or below it what the selected one says."""
