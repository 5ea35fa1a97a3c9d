"""The statistics of a run, pane by pane."""
