"""The contract of objectives, for tests."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np

from pliant.training.objective import Objective
from pliant.training.records import Candidate, Job
from pliant.training.trainer import train


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
