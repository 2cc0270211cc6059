"""Strategies that propose, and the search that tries what they propose."""
