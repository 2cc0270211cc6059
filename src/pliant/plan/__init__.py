"""How a budget is spent."""
