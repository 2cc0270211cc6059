"""The contracts of objectives, and of engines and families that train together, for tests."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pliant.models.base import Data, Part, ProcessGroup
from pliant.training.engines.base import Engine
from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.engines.places import Place
from pliant.training.objective import Objective
from pliant.training.records import Candidate, Job, Partial
from pliant.training.trainer import train
from pliant.training.training_set import TrainingSet

LIKE_ALONE = 0.1
"""The share by which the loss of processes that train together may be more than that of one, which
draws other rows.
"""


def check_objective(objective: Objective, candidate: Candidate) -> None:
    """Raise AssertionError unless a candidate is tried on an objective the same wherever it is."""
    there, n_train = pickle.loads(pickle.dumps(objective)), len(objective.splits[0].train)
    learner = objective.family(candidate.family)
    assert objective.costs.seconds(objective.costs.work(candidate, n_train)) > 0
    settings = learner.settings(candidate.config)
    assert learner.settings(learner.configured(settings)) == settings
    assert json.loads(json.dumps(objective.identity())) == objective.identity()
    for split in objective.splits:
        assert not np.intersect1d(split.train, split.valid).size
        assert max(split.train.max(), split.valid.max()) < objective.n_rows
    jobs = [Job(candidate, 0), Job(candidate, 0, rows=n_train // 2), Job(candidate, None, rounds=2)]
    for job in jobs:
        here, away = train(job, objective), train(job, there)
        assert here.reason == away.reason == ""
        assert np.array_equal([here.score, here.by_loss], [away.score, away.by_loss], True)
        assert np.isfinite(here.score) or job.split is None
        objective.let_go()
        assert np.array_equal(train(job, objective).score, here.score, True)
    assert (here.fitted or here.estimator) is not None
    assert train(Job(replace(candidate, config=None), 0), objective).reason


def check_together(engine: Engine, candidate: Candidate, data: Data, rounds: int = 30) -> None:
    """Raise AssertionError unless the places of an engine, each with a part of the rows, train one
    model together, and go on with it, that is about as good as one trained on all rows at once.

    The engine has an experiment, and `data` thousands of rows in no order.
    """
    places = engine.places(bool)
    assert len(places) > 1, "expected an engine of several places"
    assert not any(place.sees for place in places)
    assert sum(place.threads for place in places) <= engine.capacity
    parts = [TrainingSet.of(replace(data, train=rows)) for rows in _cut(data.train, len(places))]
    alone = together = None
    for _ in range(2):
        job = Job(candidate, rounds=rounds, partial=Partial(together), seconds=60.0)
        places = engine.places(bool)
        with Dispatcher(engine) as dispatcher:
            outcomes = dispatcher.together(_shared(job, places, parts))
        assert [outcome.reason for outcome in outcomes] == [""] * len(places)
        models = [outcome.fitted for outcome in outcomes]
        together = models[0]
        said = [model.predict(data.train.X) for model in models if model is not None]
        assert len(said) == len(places)
        assert all(np.array_equal(said[0], other) for other in said[1:])
        job = Job(candidate, dataset=TrainingSet.of(data), rounds=rounds, partial=Partial(alone))
        (outcome,) = engine.run([job])
        alone = outcome.fitted
    assert together is not None
    assert alone is not None
    assert together.rounds == alone.rounds == 2 * rounds
    valid = data.valid or data.train
    losses = [-data.loss(valid.target, m.predict(valid.X), None) for m in (together, alone)]
    assert losses[0] <= (1 + LIKE_ALONE) * losses[1], losses


def _cut(rows: Part, count: int) -> list[Part]:
    ends = [len(rows) * i // count for i in range(count + 1)]
    return [rows.take(np.arange(start, stop)) for start, stop in pairwise(ends)]


def _shared(job: Job, places: Sequence[Place], parts: Sequence[TrainingSet]) -> list[Job]:
    """Return the jobs of a group, one a place."""
    addresses = tuple(place.address for place in places)
    return [
        replace(
            job,
            dataset=part,
            group=ProcessGroup(addresses, rank),
            worker=place.worker,
            threads=place.threads,
        )
        for rank, (place, part) in enumerate(zip(places, parts, strict=True))
    ]
