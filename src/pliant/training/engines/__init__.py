"""What evaluates jobs: here or elsewhere."""
