"""One folder a screen: its state without Textual, the screen, its style sheet."""
