"""What a simulation changed: step by step, in all, and against the reference."""
