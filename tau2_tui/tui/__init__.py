"""The inspector: Textual on top of the readers. Everything below ``app.py`` is reached through it."""
