"""Smaller and faster models: ways to shrink an ensemble, the front that they form, the choice."""
