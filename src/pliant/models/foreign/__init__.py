"""Models of other kinds than ours, which learn from rows as their owner has them."""

from pliant.models.foreign.estimator import EstimatorLearner, Growth
from pliant.models.foreign.parameters import Parameters
from pliant.models.foreign.rows import OwnRows

__all__ = ["EstimatorLearner", "Growth", "OwnRows", "Parameters"]
