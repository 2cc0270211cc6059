"""The core: what everything else stands on; it knows nothing of tables or models."""
