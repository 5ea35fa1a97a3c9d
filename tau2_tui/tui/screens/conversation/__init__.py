"""A simulation as a conversation: who said what, each tool call with its result and its effect."""
