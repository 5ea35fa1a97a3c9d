"""Two and more runs on the same tasks."""
