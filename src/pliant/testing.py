"""Contract suites, for our own models, kinds, objectives and engines and for those of others; a
fake engine, a fake deadline.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.deadline import Deadline
from pliant.data.kinds.contract import check_kind as check_kind
from pliant.data.narrow import narrow
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import Target, Task, learn_target
from pliant.features.block import Feature, View
from pliant.models.base import Allowance, Data, Fitted, Part, Shape
from pliant.models.family import Family, IncrementalFamily, default_config
from pliant.models.space import Choice
from pliant.runtime.columns import column_from_values
from pliant.runtime.intake import to_frame
from pliant.runtime.kinds import Plane
from pliant.training.contract import check_objective as check_objective
from pliant.training.contract import check_together as check_together
from pliant.training.engines.base import Engine
from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.engines.fake import FakeEngine as FakeEngine
from pliant.training.engines.fake import FakeTime as FakeTime
from pliant.training.experiment import Experiment, Splitting
from pliant.training.records import Candidate, Job, Outcome, Partial
from pliant.training.trainer import train
from pliant.training.training_set import TrainingSet

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
FEW = 8
"""Rounds of a fit of which only something else than its score is asked."""


def family_data(task: Task, n: int = 240, seed: int = 0, view: View = "plain") -> Data:
    """Return training and validation rows of four features: numbers, a category, a constant; seen
    as "grids", with an image beside, uint8 (12, 10, 3), as light as the target is great.
    """
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 256, (n, 4)).astype(np.uint8)
    X[:, 2] = rng.integers(0, 5, n)
    X[:, 3] = 7
    signal = X[:, 0] / 128.0 - 1 + (X[:, 2] == 2) + 0.1 * rng.normal(size=n)
    target = _target(task, signal)
    numbers = [number_feature(name) for name in ("x0", "x1", "k")]
    features = (*numbers[:2], Feature("c", "category", 5), numbers[2])
    half = 2 * n // 3
    rows = np.arange(n)
    own = _images(signal, rng) if view == "grids" else {}
    whole = Part(X, target, own=own)
    parts = [whole.take(r) for r in (rows[:half], rows[half:])]
    return Data(parts[0], parts[1], features)


def _images(signal: NDArray[np.float64], rng: np.random.Generator) -> dict[str, Plane]:
    noise = rng.integers(0, 60, (len(signal), 12, 10, 3))
    light = np.clip(80 + 40 * signal, 0, 190)
    return {"image:0": (noise + light[:, None, None, None]).astype(np.uint8)}


def number_feature(name: str) -> Feature:
    """Return a numeric feature of 256 codes, the first of which is missing."""
    centers = np.arange(256, dtype=np.float32)
    centers[0] = np.nan
    return Feature(name, "number", 256, centers)


def _target(task: Task, signal: np.ndarray[Any, Any]) -> Target:
    if task == "regression":
        return Target(task, (signal - signal.mean()) / signal.std())
    cuts = [0.0] if task == "binary" else [-0.3, 0.5]
    classes = tuple(range(len(cuts) + 1))
    return Target(task, narrow(np.searchsorted(cuts, signal)), classes)


def fit_quickly(family: Family, data: Data, rounds: int | None = None, seed: int = 0) -> Fitted:
    """Return the family's first variant fitted on data, one thread, 20 seconds at most; without a
    clock where it would follow that.
    """
    config, seconds = default_config(family), None if family.anytime else 20.0
    return family.fit(data, config, Allowance(Deadline(seconds), 1, seed, rounds))


def check_family(family: Family, task: Task) -> None:
    """Raise AssertionError unless a family keeps its contract on a task."""
    data = family_data(task, view=family.view)
    fitted = fit_quickly(family, data)
    assert data.valid is not None
    _check_predictions(fitted, data.valid)
    rows = (data.valid.take(np.array([i])) for i in range(5))
    one = np.concatenate([_predicted(fitted, row) for row in rows])
    np.testing.assert_allclose(one, _predicted(fitted, data.valid)[:5], atol=1e-6)
    seen = family.view
    same, again = (fit_quickly(family, family_data(task, view=seen), FEW) for _ in range(2))
    told = _predicted(same, data.valid), _predicted(again, data.valid)
    assert np.array_equal(*told), "the same seed gives another model"
    refit = fit_quickly(family, replace(data, valid=None), max(1, fitted.rounds))
    _check_predictions(refit, data.valid)
    _check_extension(family, data)
    _check_weights(family, data)
    _check_absent_class(family, data)
    _check_deadline(family, data)
    _check_cost(family)


def _check_extension(family: Family, data: Data) -> None:
    """A family that says so learns from one block after another."""
    if not isinstance(family, IncrementalFamily):
        return
    config = default_config(family)
    fitted, assured = None, data.valid or data.train
    losses = []
    for seed in range(5):
        block = family_data(data.target.task, seed=seed + 1, view=family.view)
        block = replace(block, valid=None)
        fitted = family.partial_fit(fitted, block, config, Allowance(Deadline(20.0), 1, 0, 5))
        assert fitted.rounds in (0, 5 * (seed + 1))  # some have no rounds
        assert fitted.finished
        _check_predictions(fitted, assured)
        predictions = _predicted(fitted, assured)
        losses.append(-data.loss(assured.target, predictions, None))
    assert losses[-1] <= losses[0], "further blocks make it worse"
    _check_begun_anew(family, data)


def _check_begun_anew(family: IncrementalFamily, data: Data) -> None:
    """A model that begins on rows where another went on knows nothing of that one."""
    config, block = default_config(family), replace(data, valid=None)

    def after(fitted: Fitted | None) -> Fitted:
        return family.partial_fit(fitted, block, config, Allowance(Deadline(20.0), 1, 0, 5))

    first = after(None)
    after(first)
    one, other = (model.predict(data.train.X) for model in (first, after(None)))
    assert np.array_equal(one, other), "a model that begins goes on from another"


def _predicted(fitted: Fitted, part: Part) -> NDArray[np.float64]:
    return fitted.predict(part.X, part.own)


def _check_predictions(fitted: Fitted, part: Part) -> None:
    predictions = _predicted(fitted, part)
    assert predictions.shape == (len(part), part.target.n_outputs)
    assert predictions.dtype == np.float64
    assert np.isfinite(predictions).all()
    if part.target.task != "regression":
        assert predictions.min() >= 0
        assert predictions.max() <= 1
    if part.target.task == "multiclass":
        np.testing.assert_allclose(predictions.sum(axis=1), 1, atol=1e-6)


def _check_weights(family: Family, data: Data) -> None:
    weighted = replace(data.train, weight=np.linspace(0.1, 2, len(data.train)))
    fitted = fit_quickly(family, Data(weighted, data.valid, data.features), FEW)
    assert data.valid is not None
    _check_predictions(fitted, data.valid)


def _check_absent_class(family: Family, data: Data) -> None:
    """A class that no training row has still gets its column."""
    if data.target.task != "multiclass":
        return
    rows = np.flatnonzero(data.target.values != 1)
    thin = data.train.take(rows)
    fitted = fit_quickly(family, Data(thin, data.valid, data.features), FEW)
    assert data.valid is not None
    _check_predictions(fitted, data.valid)


def _check_deadline(family: Family, data: Data) -> None:
    """What there is at the deadline is a model."""
    fresh = Data(data.train, data.valid, data.features)
    config = default_config(family)
    fitted = family.fit(fresh, config, Allowance(Deadline(1e-6), 1, 0))
    assert data.valid is not None
    _check_predictions(fitted, data.valid)


def _check_cost(family: Family) -> None:
    shape = Shape(10_000, 20, 1, 1)
    for config in (default.config for default in family.defaults.values()):
        seconds = family.seconds(config, shape)
        assert 0 < seconds < 1000
        assert family.seconds(family.cheaper(config, 4.0), shape) <= seconds
        assert family.seconds(config, replace(shape, rows=100_000)) >= seconds
        assert family.expected_rounds(config) >= 0
    for name, kind in family.space.items():
        value = kind.values[-1] if isinstance(kind, Choice) else kind.high
        settings = family.settings(family.configured({name: value}))
        assert settings.get(name) == value, f"the space names {name}, which the config lacks"


def check_engine(engine: Engine) -> None:
    """Raise AssertionError unless an engine trains jobs in order, failures included."""
    experiment = small_experiment(2)
    good = Candidate("additive", "good", _additive())
    bad = Candidate("additive", "bad", None)
    jobs = [Job(good, 0), Job(bad, 0), Job(good, 1), Job(good, 0), Job(good, None, rounds=3)]
    engine.start(experiment)
    assert bool(engine.shipped_bytes) is not engine.in_process
    outcomes = list(engine.run(jobs))
    assert [bool(o.reason) for o in outcomes] == [False, True, False, False, False]
    assert outcomes[0].score == outcomes[3].score != outcomes[2].score
    for outcome in outcomes[0], outcomes[2]:
        _check_outcome(outcome, experiment, outcomes.index(outcome) // 2)
    assert outcomes[4].predictions is None
    assert _rounds(outcomes[4]) == 3
    _check_datasets(engine, good)
    _check_order(engine, good)
    _check_cancelled(engine, good)


def _check_datasets(engine: Engine, good: Candidate) -> None:
    """Rows that jobs bring are trained on as they are here, and gone on with."""
    first, second = (TrainingSet.of(family_data("binary", seed=seed)) for seed in (0, 1))
    jobs = [Job(good, dataset=first), Job(good, dataset=second), Job(good, dataset=first)]
    jobs += [Job(good, dataset=second, rounds=2, partial=Partial(None))]
    one, other, again, begun = (o.fitted for o in engine.run(jobs))
    (longer,) = engine.run([Job(good, dataset=first, rounds=2, partial=Partial(begun))])
    assert one is not None
    assert other is not None
    assert again is not None
    assert longer.rounds == 4
    assert np.isnan(longer.score)
    here = train(jobs[0], engine.experiment).fitted
    assert here is not None
    X = first.data.train.X
    assert np.array_equal(one.predict(X), here.predict(X))
    assert np.array_equal(one.predict(X), again.predict(X))
    assert not np.array_equal(one.predict(X), other.predict(X))


def _check_order(engine: Engine, good: Candidate) -> None:
    """Jobs are taken as workers become free; closing the generator stops all."""
    taken: list[int] = []

    def jobs() -> Iterator[Job]:
        for rounds in range(1, 9):
            taken.append(rounds)
            yield Job(good, None, rounds=rounds)

    with closing(engine.run(jobs())) as running:
        assert _rounds(next(running)) == 1
        assert engine.workers > 1 or taken == [1]
    taken.clear()
    assert [_rounds(outcome) for outcome in engine.run(jobs())] == taken == list(range(1, 9))


def _check_cancelled(engine: Engine, good: Candidate) -> None:
    """What is cancelled holds its worker until it is done; what comes after it has its outcome,
    and one that wants all threads, and more, waits until they are free.
    """
    with Dispatcher(engine) as dispatcher:
        tasks = [dispatcher.submit(Job(good, None, rounds=1))]
        while dispatcher.fits() and len(tasks) < 3:
            tasks.append(dispatcher.submit(Job(good, None, rounds=1 + len(tasks))))
        dispatcher.cancel(tasks[0])
        while not dispatcher.fits(10**6):
            dispatcher.wait()
        assert all(task.done() for task in tasks)
        tasks.append(dispatcher.submit(Job(good, None, rounds=9, threads=10**6)))
        assert tasks[-1].job.threads == engine.capacity
        fits = dispatcher.fits()
        assert not fits or tasks[-1].done()
        while not tasks[-1].done():
            dispatcher.wait(tasks[-1])
        assert [_rounds(task.outcome()) for task in tasks[1:]] == [*range(2, len(tasks)), 9]


def _rounds(outcome: Outcome) -> int:
    assert outcome.fitted is not None, outcome.reason
    return outcome.fitted.rounds


def _check_outcome(outcome: Outcome, experiment: Experiment, split: int) -> None:
    """What an engine brings back is what the same job gives here."""
    here = train(Job(Candidate("additive", "good", _additive()), split), experiment)
    assert outcome.score == here.score
    assert outcome.predictions is not None
    assert outcome.fitted is not None
    assert here.predictions is not None
    assert np.array_equal(outcome.predictions, here.predictions)
    member = experiment.pipeline(split, "plain", outcome.fitted)
    valid = experiment.table.take(experiment.splits[split].valid)
    assert np.array_equal(member.predict(valid.coded), outcome.predictions)


def _additive() -> Any:
    from pliant.models.additive import AdditiveConfig

    return AdditiveConfig(rounds=5)


def small_experiment(folds: int = 1, n: int = 200) -> Experiment:
    """Return an experiment of a small table, of splits that each validate a quarter of the rows."""
    return Experiment(small_table(n), Splitting(0.25, folds), None, 0)


def small_table(n: int = 200, seed: int = 0) -> Table:
    """Return an encoded table of a number and a category, and a binary target."""
    rng = np.random.default_rng(seed)
    number, level = rng.normal(size=n), rng.integers(0, 4, n)
    frame = to_frame({"number": number, "level": [f"l{v}" for v in level]})
    target = learn_target("y", column_from_values((number + level > 1.5).astype(int)), None)
    schema = learn_schema(frame)
    return Table(schema, schema.encode(frame), target, Roles())
