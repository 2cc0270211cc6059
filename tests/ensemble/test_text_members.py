"""Members that read text share the bytes of one, by their weights; others stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from few_folds import FEW
from pliant.compile.build import build
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.ensemble.refit import Weighted
from pliant.ensemble.text_members import sharing_bytes
from pliant.features.gram_pruning import gram_bytes
from pliant.models.additive import AdditiveConfig
from pliant.models.sparse_linear import SparseLinearConfig
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.program import Program, input_wires
from pliant.training.experiment import Experiment, Splitting
from pliant.training.fit_spec import FitSpec
from pliant.training.records import Candidate, Job
from pliant.training.trainer import train

WORDS = np.array(["sun", "rain", "wind", "snow", "fog", "hail", "ice", "warm"])


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, 6)) for _ in range(200)]
    frame = to_frame({"text": texts, "x": rng.normal(size=200)})
    labels = np.where(["sun" in text for text in texts], "yes", "no")
    rows = FrameRows(frame, Question("y", column_from_values(labels)))
    return Experiment(rows.table(FitSpec(folds=FEW), None)[0], Splitting(0.25, 1), None, 0)


@pytest.fixture(scope="module")
def members(experiment: Experiment) -> list[Weighted]:
    found = []
    tried = [
        (Candidate("sparse_linear", "idf", SparseLinearConfig(), "grams"), 0.6),
        (Candidate("sparse_linear", "ratio", SparseLinearConfig("ratio"), "grams"), 0.2),
        (Candidate("additive", "default", AdditiveConfig(rounds=5)), 0.2),
    ]
    for number, (candidate, weight) in enumerate(tried):
        fitted = train(Job(candidate, None), experiment).fitted
        assert fitted is not None
        member = experiment.pipeline(None, candidate.view, fitted)
        found.append(Weighted(member, weight, number, True))
    return found


def sizes(members: list[Weighted]) -> list[int]:
    return [
        sum(gram_bytes(op) for op in m.member.fitted.ops if op.name == "gram_scores")
        for m in members
    ]


def test_they_take_what_one_may_by_their_weights(
    experiment: Experiment, members: list[Weighted]
) -> None:
    coded = experiment.table.coded
    most = sum(sizes(members)) // 2
    fewer = sharing_bytes(members, coded, most)
    first, second, none = sizes(fewer)
    assert 0.9 * most < first + second <= most
    assert first == pytest.approx(3 * second, rel=0.05)
    assert none == 0
    assert fewer[2] is members[2]
    wires = input_wires(experiment.table.schema)
    before, after = (Program(build(m).ops, wires)(coded) for m in (members, fewer))
    assert 0 < np.abs(before - after).mean() < 0.05


def test_those_that_take_less_stay_as_they_are(
    experiment: Experiment, members: list[Weighted]
) -> None:
    found = sharing_bytes(members, experiment.table.coded)
    assert all(ours is theirs for ours, theirs in zip(found, members, strict=True))
