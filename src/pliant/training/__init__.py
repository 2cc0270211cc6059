"""Training: what is tried on what, the one function that tries it, and what comes of it."""
