"""scikit-learn's estimators as members of ensembles."""

from pliant.models.foreign.sklearn import Learner

__all__ = ["Learner"]
