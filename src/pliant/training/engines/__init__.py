"""What trains jobs: here or elsewhere."""
