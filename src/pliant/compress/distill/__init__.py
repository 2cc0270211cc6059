"""Distillation: students that learn from what an ensemble says, and from the rows."""
