"""What is said of each section of the statistics, once for every reader: the terminal, the inspector, reports."""
