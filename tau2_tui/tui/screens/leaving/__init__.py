"""What becomes of a running recording when the inspector is left."""
