"""Smaller and faster models: ways to shrink an ensemble, their Pareto front, the selection."""
