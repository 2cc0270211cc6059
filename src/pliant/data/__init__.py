"""Any input becomes a table: read, recognised, coded, split."""
