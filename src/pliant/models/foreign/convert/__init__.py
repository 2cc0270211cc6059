"""Fitted models of scikit-learn as ops: a file a kind of them, `registry.py` a line a class."""

from pliant.models.foreign.convert.registry import converted, expect_convertible, final_of, reads

__all__ = ["converted", "expect_convertible", "final_of", "reads"]
