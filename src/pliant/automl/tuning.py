"""Bring your own estimator: its parameters are searched like those of any model."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import check_scoring

from pliant.automl.cross_validation import splits_of
from pliant.automl.hearing import heard
from pliant.automl.pilot import pilot
from pliant.automl.tuned import Tuned, TunedTrial
from pliant.automl.tuned_refit import refitted
from pliant.automl.validation import seed_of
from pliant.core.blas import one_blas_thread
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.core.descriptors import hold_standard
from pliant.core.errors import ConfigError
from pliant.metrics import Measure, scoring_of
from pliant.metrics.scorers import measure_of
from pliant.models.family import default_config
from pliant.models.foreign import EstimatorLearner, OwnRows
from pliant.models.foreign.estimator import AS_GIVEN
from pliant.models.space import Distribution
from pliant.search.bayes import Bayes
from pliant.search.journal import Journal
from pliant.search.plan import Plan
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search
from pliant.search.timetable import FIRST_SHARE
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.select import make_engine
from pliant.training.estimator_experiment import EstimatorExperiment
from pliant.training.records import Candidate, Trial

MAX_PROPOSALS, MAX_UNPROVEN = 10**6, 30
"""Configurations that are tried at most, and where not one has worked so far."""


def tune(
    estimator: BaseEstimator,
    space: Mapping[str, Distribution],
    X: Any,
    y: Any,
    *,
    budget: str | float | None = None,
    trials: int | None = None,
    metric: Any = None,
    cv: Any = None,
    random_state: int | np.random.RandomState | None = 0,
    n_jobs: int | None = None,
    engine: str = "auto",
    memory: str | float | None = None,
    journal: str | Path | None = None,
    verbose: int = 0,
) -> Tuned:
    """Tune an estimator's parameters by Bayesian search and cross-validation.

    The estimator as it is given comes first. Then configurations are proposed, trained and compared
    as those of `Classifier` are: several at once, on the same engines, dropped after a fold that is
    clearly worse, and within a budget of seconds on 80,000 training rows and more tried on a
    quarter of them first. The best one is fitted on all rows in the end.

    A configuration that raises is a failed trial, and the search goes on; on the engines "local",
    "ray" and "dask" so is one that crashes its process, takes too much memory, stands still or,
    within a budget of seconds, goes on beyond its own.

    Ctrl-C ends the search, and the best configuration of the trials so far is fitted. Where no
    trial is over yet, or that fit is under way, KeyboardInterrupt is raised; with a journal the
    same call goes on from there.

    Parameters
    ----------
    estimator : scikit-learn estimator
        It is cloned, never changed. Where its `random_state` is None, clones have that of `tune`.
    space : mapping of parameter names to Float, Int or Choice
        Names as `set_params` takes them, those of a Pipeline's steps included.
    X, y : the table and target, as the estimator takes them
        Arrays, frames, sparse matrices, lists: they are cut into rows and else left as they are.
    budget : str or float, default "60s"
        Seconds, or a text such as "90s". Pilot fits on few rows tell what a fit takes; where time
        is short for it, configurations have fewer rows. Fits in this process (the engines "serial"
        and "threads") are not interrupted; none is begun that would not end in time.
    trials : int or None
        The most configurations to try; alone, no clock is asked, and the result is the same on
        every engine and however often a search with a journal was interrupted.
    metric : str, scorer or None
        As scikit-learn's `scoring` has it: the name of a scorer, a scorer, or a function of an
        estimator, X and y; or the name of a registered metric. The estimator's own `score` by
        default.
    cv : int, splitter, iterable of pairs of row numbers, or None
        How many folds, drawn at random, with all classes alike for a classifier; or as
        scikit-learn's `cv`. 5 by default.
    random_state : int, RandomState or None, default 0
        Where all randomness starts from.
    n_jobs : int or None
        Fits at once in all; None or -1 for as many as there are processors. An estimator with
        threads of its own should have an `n_jobs` of 1.
    engine : str, default "auto"
        Where fits run: "serial", "threads", "local", "ray", "dask" or the address of a cluster. All
        but the first two need an estimator that cloudpickle can pickle.
    memory : str, float or None
        Most bytes for everything, such as "4GB".
    journal : path or None
        A folder that keeps every finished trial: the same call goes on from there.
    verbose : int, default 0
        1 shows what is tried.

    Raises
    ------
    ConfigError
        When the space is empty or names a parameter that the estimator does not have, or another
        option makes no sense.
    DataError
        When X and y are not of as many rows each, two at least.
    FitError
        When every configuration failed.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from pliant import Float, tune
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": Float(1e-3, 1e3, log=True)}
    >>> tuned = tune(LogisticRegression(max_iter=500), space, X, y, trials=4)
    >>> tuned.best_score_ > 0.9, tuned.trials_[0].params
    (True, {'C': 1.0})
    """
    hold_standard()
    allowed = Budget.of(budget, trials)
    deadline = Deadline(allowed.seconds)
    resources = Resources.of(n_jobs, engine, memory)
    rows, seed = OwnRows.of(X, y), seed_of(random_state)
    learner = EstimatorLearner(estimator, space, seed)
    splits = splits_of(cv, estimator, rows, seed)
    experiment = EstimatorExperiment(learner, rows, splits, *_scorer(estimator, metric), seed)
    with ExitStack() as held:
        tell = held.enter_context(heard(verbose, deadline, None))
        context = FitContext(deadline, tell=tell).using(resources)
        at_work = held.enter_context(make_engine(resources, allowed.seconds))
        held.enter_context(one_blas_thread())  # fits share the processors
        _expect_portable(at_work, engine, experiment)
        kept = held.enter_context(_journal(journal, experiment))
        at_work.start(experiment)
        plan = _plan(experiment, allowed)
        if plan.seconds is not None:
            pilot(experiment, plan.candidates[0], at_work, plan.seconds)
        search = Search(plan, at_work, context, kept)
        found = _searched(search, experiment)
        best, model = refitted(found, experiment, at_work, deadline)
    if verbose:
        _say(best, experiment.measure, len(found), deadline)
    return Tuned(
        model,
        learner.params(best.candidate.config),
        best.score,
        tuple(_told(trial, learner) for trial in found),
    )


def _scorer(estimator: Any, metric: Any) -> tuple[Any, Measure]:
    """Return what scores a fitted estimator, and how its scores compare."""
    scoring = scoring_of(metric)
    try:
        if not (scoring is None or isinstance(scoring, str) or callable(scoring)):
            raise TypeError(f"one metric is needed, got {scoring!r}")
        scorer = check_scoring(estimator, scoring=scoring)
    except (TypeError, ValueError) as error:
        said = " ".join(str(error).split())[:300]
        raise ConfigError(f"expected a metric of scikit-learn for {estimator!r}: {said}") from None
    measure = measure_of(scorer)
    return scorer, replace(measure, name=scoring) if isinstance(scoring, str) else measure


def _plan(experiment: EstimatorExperiment, budget: Budget) -> Plan:
    """Return the estimator as it is given, and all of the budget for others of its kind."""
    learner = experiment.learner
    given = Candidate(learner.name, AS_GIVEN, default_config(learner))
    folds = len(experiment.splits)
    how = folds, 1, 1 / folds, budget.seconds, budget.trials
    return Plan((given,), MAX_PROPOSALS, *how, members=1, first_share=FIRST_SHARE)


def _searched(search: Search, experiment: EstimatorExperiment) -> Sequence[Trial]:
    plan = search.plan
    bayes = Bayes([experiment.learner], plan.proposals, experiment.seed, unproven=MAX_UNPROVEN)
    return search.run([Portfolio(plan.candidates), bayes])


def _journal(
    folder: str | Path | None, experiment: EstimatorExperiment
) -> AbstractContextManager[Journal | None]:
    if folder is None:
        return nullcontext()
    learner = experiment.learner
    return Journal(folder, experiment.identity(), {learner.name: learner})


def _expect_portable(engine: Engine, name: str, experiment: EstimatorExperiment) -> None:
    """Raise ConfigError where fits run in other processes that the user's objects cannot go to."""
    if engine.in_process:
        return
    try:
        _ = experiment.carried
    except (pickle.PicklingError, AttributeError, TypeError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"expected an estimator, a space and a metric that can be pickled for the engine "
            f"{name!r}, but: {said}; the engine 'threads' needs no pickling"
        ) from None


def _told(trial: Trial, learner: EstimatorLearner) -> TunedTrial:
    params = learner.params(trial.candidate.config)
    seconds, reason = trial.seconds, trial.reason
    return TunedTrial(params, trial.score, seconds, trial.status, reason, trial.rows)


def _say(best: Trial, measure: Measure, n_trials: int, deadline: Deadline) -> None:
    """Say in a line what came of it."""
    from pliant.training.live import say

    said = f"{measure.label} {measure.shown(best.score):.6g} on held-out rows"
    say(f"pliant: {said} after {deadline.elapsed():.1f} s, {n_trials} trials")
