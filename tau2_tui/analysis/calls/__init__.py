"""Statistics of tool calls, messages, time and money."""
