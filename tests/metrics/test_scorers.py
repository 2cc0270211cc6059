"""Functions as metrics: what their names say, and what is no metric."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss, make_scorer, mean_absolute_error, roc_auc_score

from pliant.core.errors import ConfigError
from pliant.metrics.scorers import name_of, scorer_of


def test_names_of_scikit_learn_say_what_is_given_and_what_is_better() -> None:
    assert name_of(scorer_of(log_loss)) == ("log_loss", False)
    assert name_of(scorer_of(mean_absolute_error)) == ("mean_absolute_error", False)
    assert name_of(scorer_of(roc_auc_score)) == ("roc_auc_score", True)
    assert scorer_of(roc_auc_score)._response_method == "predict_proba"
    assert scorer_of(mean_absolute_error)._response_method == "predict"


def test_what_is_a_scorer_or_no_function_stays() -> None:
    scorer = make_scorer(roc_auc_score)
    assert scorer_of(scorer) is scorer
    assert scorer_of(7) == 7
    assert scorer_of(dict) is dict
    assert scorer_of(np.dot)._response_method == "predict"  # compiled


def of_rows(estimator: Any, X: Any, y: Any) -> float:
    return 0.0


def one_more(y_true: Any, y_pred: Any, *, rate: float) -> float:
    return rate


@pytest.mark.parametrize("function", [of_rows, one_more, lambda y: 0.0])
def test_a_function_of_something_else_is_said(function: Any) -> None:
    with pytest.raises(ConfigError, match=r"a function of \(y_true, y_pred\), .* got one of \("):
        scorer_of(function)
