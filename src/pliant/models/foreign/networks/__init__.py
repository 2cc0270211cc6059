"""Networks of PyTorch: what is searched of them, how they are trained, and how they become ops."""
