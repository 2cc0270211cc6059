"""The kinds of columns as a fit sees them: a file a kind, how it is recognised and learned."""
