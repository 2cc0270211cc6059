"""The contract of an engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np

from pliant.testing.experiments import small_experiment
from pliant.testing.families import family_data
from pliant.training.engines.base import Engine
from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.experiment import Experiment
from pliant.training.records import Candidate, Job, Outcome, Partial
from pliant.training.trainer import train
from pliant.training.training_set import TrainingSet


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
