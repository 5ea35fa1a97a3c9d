"""What the keys do, made from the registry of actions."""
