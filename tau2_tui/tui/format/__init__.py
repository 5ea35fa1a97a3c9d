"""Events as text for the screen: pure functions to runs of text with a style token, no Textual."""
