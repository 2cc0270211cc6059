"""Models of other kinds than ours, which learn from rows as their owner has them."""

from pliant.models.foreign.estimator import EstimatorLearner
from pliant.models.foreign.growth import Growth
from pliant.models.foreign.own_learner import OwnLearner
from pliant.models.foreign.parameters import Parameters
from pliant.models.foreign.rows import OwnRows

__all__ = ["EstimatorLearner", "Growth", "OwnLearner", "OwnRows", "Parameters"]
