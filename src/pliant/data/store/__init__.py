"""The store: a table as codes on disk, in shards that are each a fair sample of its rows."""
