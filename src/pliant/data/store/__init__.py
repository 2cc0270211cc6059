"""The store: a table as codes on disk, in piles that are each a fair sample of its rows."""
