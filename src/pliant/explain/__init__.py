"""What a model goes by: importance of columns, contributions to one prediction, effects."""
