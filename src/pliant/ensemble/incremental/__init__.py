"""Rows of a store: a sample is searched on, the winners are trained on all of them."""
