"""What several test packages share: a scripted model server that speaks the OpenAI chat completions protocol."""
