"""What a loaded model needs to predict: NumPy alone."""
