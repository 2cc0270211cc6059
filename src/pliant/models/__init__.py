"""The catalogue: a file a family."""
