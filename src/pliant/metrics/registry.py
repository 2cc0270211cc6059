"""The registry: every metric by name, ours, scikit-learn's, and those of users.

One from outside is a function of (y_true, y_pred), or a scikit-learn scorer, as `make_scorer` makes
it. It comes by `register_metric`, as an object in `metric=`, or by the entry point group
`pliant.metrics` of an installed package.
"""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from pliant.core.errors import ConfigError, PliantWarning
from pliant.data.target import Task
from pliant.metrics.functions import accuracy, neg_log_loss, neg_mae, neg_rmse, r2, roc_auc
from pliant.metrics.metric import Metric, OfValues
from pliant.runtime.decision import Decision

DEFAULT: dict[Task, str] = {
    "binary": "roc_auc",
    "multiclass": "neg_log_loss",
    "regression": "neg_root_mean_squared_error",
}
"""The metric of a task when nobody names one."""

CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_OWN: dict[str, tuple[OfValues, tuple[Task, ...]]] = {
    "roc_auc": (roc_auc, ("binary",)),
    "neg_log_loss": (neg_log_loss, CLASSES),
    "neg_root_mean_squared_error": (neg_rmse, ("regression",)),
    "neg_mean_absolute_error": (neg_mae, ("regression",)),
    "r2": (r2, ("regression",)),
    "accuracy": (accuracy, CLASSES),
}
ALIASES = {"auc": "roc_auc", "log_loss": "neg_log_loss", "rmse": "neg_root_mean_squared_error"}
"""Short names for what most people ask for."""


LOSS: dict[Task, Metric] = {
    "binary": Metric.of_values("neg_log_loss", neg_log_loss),
    "multiclass": Metric.of_values("neg_log_loss", neg_log_loss),
    "regression": Metric.of_values("neg_root_mean_squared_error", neg_rmse),
}
"""What models of a task are trained for, and by which their rounds are chosen, whatever the metric
is. A metric that looks at ranks or labels is often as good as it gets after a round or two, where
all chances are still near the base rate (`python -m benchmarks.quality.chances`)."""

USUAL: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "neg_log_loss", "accuracy"),
    "multiclass": ("neg_log_loss", "accuracy"),
    "regression": ("neg_root_mean_squared_error", "neg_mean_absolute_error", "r2"),
}
"""What people look at for each task."""


GROUP = "pliant.metrics"
"""The entry points under which installed packages name scorers."""


@dataclass(frozen=True)
class Outside:
    """A metric from outside: a scikit-learn scorer, and the best score there could be."""

    scorer: Any
    best: float


_OUTSIDE: dict[str, Outside] = {}


def register_metric(scorer: Any, *, name: str | None = None, best: float | None = None) -> str:
    """Add a metric of one's own, and return its name, under which fits, journals and files know it.

    Parameters
    ----------
    scorer : function or scikit-learn scorer
        A function of (y_true, y_pred), or what `sklearn.metrics.make_scorer` returns. It gets
        labels as `y` has them, and labels, probabilities (n,) or (n, K), or numbers, as its
        `response_method` says. Of a plain function greater is better unless its name ends in _loss,
        _error or _deviance, and it gets probabilities where its second parameter is called y_proba
        or y_score; with weights of rows, it must take `sample_weight`.
    name : str or None
        A word; by default the name of the scorer's function. A loss (`greater_is_better=False`) is
        called `neg_` and that, as scikit-learn's are, and shown without.
    best : float or None
        The best score there could be: by default 0 for a loss, and 1. By how much one is worse than
        another is told as a share of what that one lacks.

    Returns
    -------
    str

    Raises
    ------
    ConfigError
        When it is no metric, or one of ours, of scikit-learn or of another function has that name.

    Examples
    --------
    >>> from sklearn.metrics import fbeta_score, make_scorer
    >>> def f2(y_true, y_pred):
    ...     return fbeta_score(y_true, y_pred, beta=2, pos_label="yes")
    >>> register_metric(f2), register_metric(make_scorer(f2, greater_is_better=False))
    ('f2', 'neg_f2')
    """
    from pliant.metrics.scorers import known_to_sklearn, name_of, scorer_of

    scorer = scorer_of(scorer)
    own, greater = name_of(scorer)
    word = (own if name is None else name).removeprefix("neg_")
    if not word.isidentifier():
        raise ConfigError(f"expected a metric with a name of one word, got {word!r}: give it one")
    full = word if greater else f"neg_{word}"
    taken = full in _OWN or full in ALIASES or known_to_sklearn(full)
    if taken or (full in _OUTSIDE and name_of(_OUTSIDE[full].scorer)[0] != own):
        raise ConfigError(f"expected a new name for a metric, but there is a metric {full!r}")
    _OUTSIDE[full] = Outside(scorer, best if best is not None else float(greater))
    return full


def named(metric: Any) -> str | None:
    """Return the name of a metric: given by name, as None, or as a function or scorer, which is
    registered.

    A name such as "costs:my_metric" is that of one in a Python module, which may lie in the folder
    that the program was started in.

    Raises
    ------
    ConfigError
        When it is none of these, or there is no such module.
    """
    if metric is None or (isinstance(metric, str) and ":" not in metric):
        return metric
    return register_metric(_imported(metric) if isinstance(metric, str) else metric)


def scoring_of(metric: Any) -> Any:
    """Return what scikit-learn's `check_scoring` takes for a metric: a name of its own, or a scorer
    where the name is that of a registered one, or of a module as `named` says; all else as it is.

    Examples
    --------
    >>> scoring_of("auc"), scoring_of(None)
    ('roc_auc', None)
    """
    if not isinstance(metric, str):
        return metric
    if ":" in metric:
        return _imported(metric)
    _installed_ones()
    name = ALIASES.get(metric, metric)
    return _OUTSIDE[name].scorer if name in _OUTSIDE else name


def _imported(text: str) -> Any:
    module, _, name = text.partition(":")
    sys.path.append(os.getcwd())  # last: nothing there hides a library
    try:
        found = import_module(module)
    except (ImportError, ValueError) as error:
        raise ConfigError(f"expected a metric as MODULE:NAME, got {text!r}, but: {error}") from None
    finally:
        sys.path.remove(os.getcwd())
    if not hasattr(found, name):
        raise ConfigError(f"expected a metric {name!r} in {found.__file__}, but there is none")
    import cloudpickle

    cloudpickle.register_pickle_by_value(found)  # other processes need not find the module
    return getattr(found, name)


def metric_of(
    name: str | None, task: Task, carried: bytes = b"", decision: Decision | None = None
) -> Metric:
    """Return the metric of that name; the task's default for None. One from outside that this
    process does not know is `carried`. A metric of labels sees those of the `decision`.

    Raises
    ------
    ConfigError
        When no metric has that name, or it is none for the task.
    """
    name = DEFAULT[task] if name is None else ALIASES.get(name, name)
    function, tasks = _OWN.get(name, (None, ()))
    if function is accuracy and task in tasks:
        return Metric.of_values(name, partial(accuracy, decision=decision))
    if function is not None and task in tasks:
        return Metric.of_values(name, function)
    from pliant.metrics.scorers import labelled, scorer_function

    if task == "regression" and name in ("roc_auc", "neg_log_loss", "accuracy"):
        raise ConfigError(f"expected a metric for a regression, got {name!r}")
    _installed_ones()
    outside = pickle.loads(carried) if carried else _OUTSIDE.get(name)
    if outside is not None:
        return Metric(name, labelled(outside.scorer, task, decision), best=outside.best)
    return Metric.of_values(name, scorer_function(name, task, decision))


def is_known(name: str, task: Task) -> bool:
    """Return whether there is a metric of that name here: a file may name one that is a user's."""
    try:
        metric_of(name, task)
    except ConfigError:
        return False
    return True


def carried_metric(name: str | None) -> bytes:
    """Return a metric from outside as bytes that another process can load, of a script or a
    notebook too; nothing for any other.

    Raises
    ------
    ConfigError
        When it cannot be pickled.
    """
    if name not in _OUTSIDE:
        return b""
    import cloudpickle

    try:
        found: bytes = cloudpickle.dumps(_OUTSIDE[name])
    except (pickle.PicklingError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ConfigError(
            f"expected a metric that other processes can be sent, but {name!r} holds what cannot "
            f"be pickled: {error}"
        ) from None
    return found


@cache
def _installed_ones() -> None:
    """Register the metrics of installed packages; one that cannot be is told of, once."""
    for entry in entry_points(group=GROUP):
        try:
            register_metric(entry.load(), name=entry.name)
        except (ImportError, AttributeError, TypeError, ConfigError) as error:
            warnings.warn(
                f"the metric {entry.value!r} of an installed package is left out: {error}",
                PliantWarning,
                stacklevel=2,
            )
