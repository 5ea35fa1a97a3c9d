"""What is written to the terminal: only the cells that differ from what it already shows."""
