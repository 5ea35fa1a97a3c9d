"""What stands on each pane: a module for each group, in it a function for each section, for workers."""
