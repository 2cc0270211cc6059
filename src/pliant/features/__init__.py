"""What models need beyond codes, fitted inside a split."""
