"""Metrics: those that NumPy computes, scikit-learn's scorers by name, and users' own."""

from pliant.metrics.functions import labels_of, neg_log_loss, roc_auc, row_losses
from pliant.metrics.metric import Measure, Metric
from pliant.metrics.registry import (
    DEFAULT,
    LOSS,
    USUAL,
    carried_metric,
    is_known,
    metric_of,
    named,
    register_metric,
    scoring_of,
)

__all__ = [
    "DEFAULT",
    "LOSS",
    "USUAL",
    "Measure",
    "Metric",
    "carried_metric",
    "is_known",
    "labels_of",
    "metric_of",
    "named",
    "neg_log_loss",
    "register_metric",
    "roc_auc",
    "row_losses",
    "scoring_of",
]
