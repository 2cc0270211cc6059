"""The base rate: no ensemble does worse on held-out rows than the best constant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from few_folds import FEW
from pliant import Classifier, Limits, Regressor, artifact
from pliant.compile.build import build
from pliant.compile.trim import trimmed
from pliant.compress.prune import fewer_members
from pliant.core.deadline import Deadline
from pliant.data.narrow import narrow
from pliant.data.table import Roles
from pliant.data.target import Target, Task
from pliant.ensemble.choose import choose
from pliant.ensemble.constant import (
    Comparison,
    base_rate_member,
    base_rate_trial,
    base_rates,
    is_base_rate,
)
from pliant.ensemble.refit import Refit
from pliant.metrics import LOSS, roc_auc
from pliant.models.additive import AdditiveConfig
from pliant.runtime.model import Predictor
from pliant.runtime.ops.outputs import apply_link
from pliant.testing import TASKS, small_experiment
from pliant.training.engines.serial import SerialEngine
from pliant.training.experiment import Experiment
from pliant.training.records import Candidate, Job, Outcome, Trial
from pliant.training.trainer import train

SHARES = {"binary": [0.8, 0.2], "multiclass": [0.7, 0.2, 0.1]}
CANDIDATE = Candidate("additive", "default", AdditiveConfig(rounds=20))


def experiment_of(task: Task, weighted: bool = False) -> Experiment:
    """Return one of noise: the target is drawn by chance, its classes in unequal shares."""
    plain = small_experiment(3)
    rng = np.random.default_rng(1)
    n = len(plain.table)
    target = Target(task, rng.normal(3.0, 2.0, n))
    if task != "regression":
        classes = ("a", "b", "c")[: 2 if task == "binary" else 3]
        target = Target(task, narrow(rng.choice(len(classes), n, p=SHARES[task])), classes)
    roles = Roles(rng.uniform(0.1, 5, n) if weighted else None)
    return Experiment(replace(plain.table, target=target, roles=roles), plain.splitting, None, 0)


def said(experiment: Experiment, number: int, seed: int, size: float, knows: float) -> Trial:
    """Return a trial that says the base rate, noise of a size, and what it knows of the target."""
    rng, target = np.random.default_rng(seed), experiment.table.target
    outcomes = []
    for split in experiment.splits:
        held = target.take(split.valid)
        scores = size * rng.normal(size=(len(split.valid), target.n_outputs))
        if target.task == "regression":
            predictions = 3 + scores + knows * (held.values[:, None] - 3)
        else:
            right = np.eye(len(target.classes))[held.values.astype(np.intp)]
            scores += knows * right[:, -target.n_outputs :]
            scores += [np.log(0.25)] if target.task == "binary" else np.log(SHARES["multiclass"])
            link = "sigmoid" if target.task == "binary" else "softmax"
            predictions = apply_link(scores, link)
        score = experiment.measure(held, predictions, None)
        by_loss = LOSS[target.task](held, predictions, None)
        outcomes.append(Outcome(score, 0.0, predictions, by_loss=by_loss))
    score = float(np.mean([o.score for o in outcomes]))
    return Trial(number, CANDIDATE, "done", score, 150, tuple(outcomes))


def loss(experiment: Experiment, predictions: Any) -> float:
    table, rows = experiment.table, experiment.valid_rows[: len(predictions)]
    target, weight = table.target.take(rows), table.roles.take(rows).weight
    return -LOSS[target.task](target, predictions, weight)


STUDIES = {(task, weighted): experiment_of(task, weighted) for task in TASKS for weighted in (0, 1)}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(STUDIES)),
    st.lists(
        st.tuples(st.integers(0, 99), st.floats(0.0, 4.0), st.floats(-1.0, 3.0)),
        min_size=1,
        max_size=4,
    ),
)
def test_no_ensemble_loses_to_a_constant(which: Any, ways: list[tuple[int, float, float]]) -> None:
    experiment = STUDIES[which]
    trials = [said(experiment, i, *way) for i, way in enumerate(ways)]
    rate = base_rate_trial(experiment, len(trials))
    selection = choose([*trials, rate], experiment)
    assert loss(experiment, selection.predictions) <= loss(experiment, rate.predictions) + 1e-9
    assert sum(selection.weights) == pytest.approx(1.0)
    assert min(selection.weights) > 0


def test_the_order_of_two_classes_stays_as_it_was() -> None:
    experiment = STUDIES["binary", 0]
    trial = said(experiment, 0, 0, 3.0, 1.0)
    rate = base_rate_trial(experiment, 1)
    plain, mixed = choose([trial], experiment), choose([trial, rate], experiment)
    assert [t.number for t in mixed.trials] == [0, 1]
    assert loss(experiment, plain.predictions) > loss(experiment, rate.predictions)
    assert mixed.score == pytest.approx(plain.score, abs=1e-12)
    values = experiment.table.target.values[experiment.valid_rows]
    assert mixed.score == pytest.approx(roc_auc(values, mixed.predictions, None))


def test_what_says_the_opposite_gives_way_to_the_constant_alone() -> None:
    experiment = STUDIES["binary", 0]
    selection = choose(
        [said(experiment, 0, 0, 0.1, -3.0), base_rate_trial(experiment, 1)], experiment
    )
    assert [is_base_rate(t) for t in selection.trials] == [True]
    assert selection.weights == (1.0,)
    assert selection.score == 0.5


def test_what_is_better_by_chance_alone_is_drawn_to_the_constant() -> None:
    """A gain within three standard errors: rounds and members were chosen by these rows."""
    experiment = STUDIES["binary", 0]
    rate = base_rate_trial(experiment, 1)
    lucky = said(experiment, 0, 1, 0.0, 0.0)
    values, rows = experiment.table.target.values, experiment.valid_rows
    ends = np.cumsum([len(split.valid) for split in experiment.splits])[:-1]
    told = np.full((len(rows), 1), rate.predictions[0, 0])
    told[::9] += np.where(values[rows[::9]] == 1, 0.05, -0.03)[:, None]
    noisy = np.clip(told + 0.05 * np.sin(np.arange(len(rows)))[:, None], 0.01, 0.99)
    parts = np.split(noisy, ends)
    outcomes = [replace(o, predictions=p) for o, p in zip(lucky.outcomes, parts, strict=True)]
    trial = replace(lucky, outcomes=tuple(outcomes))
    assert loss(experiment, trial.predictions) < loss(experiment, rate.predictions)
    selection = choose([trial, rate], experiment)
    assert 0 < selection.weights[1] <= 0.9


@pytest.mark.parametrize("task", TASKS)
def test_what_is_surely_better_stays_as_it_is(task: Task) -> None:
    experiment = STUDIES[task, 0]
    selection = choose(
        [
            said(experiment, 0, 0, 0.3, 0.9 if task == "regression" else 3.0),
            base_rate_trial(experiment, 1),
        ],
        experiment,
    )
    assert selection.weights == (1.0,)
    assert not is_base_rate(selection.trials[0])


def test_a_metric_that_would_suffer_is_let_be() -> None:
    """Chances above a half fall below it: rows are not called by the rarer class any more."""
    plain = STUDIES["binary", 0]
    by_accuracy = Experiment(plain.table, plain.splitting, "accuracy", 0)
    trial, rate = said(plain, 0, 1, 1.4, 2.0), base_rate_trial(plain, 1)
    assert loss(plain, trial.predictions) < loss(plain, rate.predictions)
    assert len(choose([trial, rate], plain).trials) == 2
    assert choose([trial, rate], by_accuracy).weights == (1.0,)


def test_of_what_time_cut_short_the_splits_count_that_there_are() -> None:
    experiment = STUDIES["multiclass", 1]
    whole = said(experiment, 0, 0, 4.0, 3.0)
    cut = replace(whole, status="cut", outcomes=whole.outcomes[:2])
    rate = base_rate_trial(experiment, 1)
    selection = choose([cut, rate], experiment)
    assert len(selection.trials) == 2
    assert loss(experiment, selection.predictions) <= loss(
        experiment, rate.predictions[: len(cut.predictions)]
    )


def test_the_constant_is_what_a_fit_without_rounds_gives() -> None:
    """Weights and the unit of a regression included; of all splits together it is the same."""
    for experiment in STUDIES.values():
        rate = base_rate_trial(experiment, 0)
        assert np.ptp(rate.predictions, axis=0) == pytest.approx(0, abs=1e-12)
        member = base_rate_member(experiment, None)
        whole = train(Job(rate.candidate, None), experiment)
        assert whole.fitted is not None
        again = experiment.pipeline(None, "plain", whole.fitted)
        coded = experiment.table.coded
        assert member.predict(coded) == pytest.approx(again.predict(coded))
        for split, outcome in enumerate(rate.outcomes):
            made = train(Job(rate.candidate, split), experiment)
            assert made.predictions == pytest.approx(outcome.predictions, abs=0.3)
            assert made.by_loss == pytest.approx(outcome.by_loss, abs=0.05)
            assert outcome.fitted is not None
            tried = experiment.pipeline(split, "plain", outcome.fitted).predict(coded)
            assert tried[: len(outcome.predictions)] == pytest.approx(outcome.predictions)


def test_fewer_members_keep_the_base_rate() -> None:
    experiment = STUDIES["regression", 0]
    trials = [said(experiment, i, i, 4.0, 0.5) for i in range(3)]
    rate = base_rate_trial(experiment, 3)
    path = list(fewer_members(choose([*trials, rate], experiment), experiment))
    assert len(path) > 1
    for part in path:
        assert loss(experiment, part.predictions) <= loss(experiment, rate.predictions) + 1e-9
        assert len(part.trials) > len(base_rates(part.trials))


def test_the_base_rate_reads_what_another_member_reads() -> None:
    experiment = STUDIES["binary", 0]
    outcomes = tuple(train(Job(CANDIDATE, split), experiment) for split in range(3))
    noisy = tuple(
        replace(o, predictions=said(experiment, 0, 5, 3.0, 1.0).outcomes[i].predictions)
        for i, o in enumerate(outcomes)
    )
    trial = Trial(0, CANDIDATE, "done", 0.6, 150, noisy)
    selection = choose([trial, base_rate_trial(experiment, 1)], experiment)
    engine = SerialEngine()
    engine.start(experiment)
    for deadline in (Deadline(None), Deadline(0.0)):
        *others, rate = Refit(experiment, deadline).members(selection, engine)
        assert rate.trial == 1
        assert rate.weight == pytest.approx(selection.weights[1])
        assert others
        assert rate.member.features is others[0].member.features
        assert len(build([*others, rate]).places) == len(others) + 1


def noise(task: Task, n: int = 240) -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(n, 4))
    if task == "regression":
        return X, rng.standard_t(2, n)
    labels = np.array(["no", "yes", "perhaps"])[: 2 if task == "binary" else 3]
    return X, rng.choice(labels, n, p=SHARES[task])


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("alone", [False, True])
def test_a_model_with_it_goes_through_everything(
    task: Task, alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = 1.0 if alone else 0.4
    monkeypatch.setattr(Comparison, "share", lambda *asked: share)
    X, y = noise(task)
    kind = Regressor if task == "regression" else Classifier
    model = kind(trials=2, models=["additive", "linear"], n_jobs=1, cv=FEW).fit(X, y)
    board = {row["model"]: row for row in model.leaderboard_.to_dict("records")}
    assert board["additive base rate"]["weight"] == pytest.approx(share)
    assert model.model_.members[-1].name == "additive base rate"
    path = tmp_path / "noise.pliant"
    model.save(path)
    loaded = artifact.load(path)
    whole = predicted(loaded, X)
    assert np.array_equal(whole, predicted(model.model_.predictor, X))
    rows = [{name: row[i] for i, name in enumerate(names(loaded))} for row in X[:5]]
    for i, row in enumerate(rows):
        assert np.array_equal(predicted(loaded, [row]), whole[i : i + 1])
    assert predicted(trimmed(loaded), X) == pytest.approx(whole, abs=1e-12)
    if alone:
        assert len(np.unique(whole, axis=0)) == 1
    small = model.model_.optimize(max_size="20kB", budget="2s")
    assert len(small.predict(X)) == len(X)


@pytest.mark.parametrize("task", TASKS)
def test_limits_and_files_know_it(task: Task, tmp_path: Path) -> None:
    X, y = noise(task)
    kind = Regressor if task == "regression" else Classifier
    settings = {"trials": 2, "models": ["additive", "linear"], "n_jobs": 1, "cv": FEW}
    small = kind(**settings, limits=Limits(size=14_000)).fit(X, y)
    assert len(small.predict(X)) == len(X)


def predicted(model: Predictor, rows: Any) -> Any:
    """Return probabilities or numbers."""
    return model.predict(rows) if model.card.task == "regression" else model.predict_proba(rows)


def names(model: Predictor) -> list[str]:
    return [column.name for column in model.schema.columns]
