"""Statistics as text: one module for each group of sections, each a function from a section to lines."""
