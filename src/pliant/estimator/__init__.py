"""Classifier and Regressor: scikit-learn estimators around the main job."""

from pliant.estimator.classifier import Classifier
from pliant.estimator.regressor import Regressor

__all__ = ["Classifier", "Regressor"]
