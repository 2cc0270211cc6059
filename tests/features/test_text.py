"""Free text: hashed once for a whole experiment, its rows counted by what that takes."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import numpy as np
import pytest

from few_folds import FEW
from pliant.automl.fit import fit
from pliant.core.config import Budget
from pliant.data.bare import bare
from pliant.data.table import Table
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.features.features import fit_features
from pliant.runtime import ngrams
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.experiment import Experiment, Splitting
from pliant.training.fit_spec import FitSpec

WORDS = np.array(["sun", "rain", "wind", "snow", "fog", "hail", "ice", "warm"])


def table(n: int = 400, length: int = 6) -> Table:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, length)) for _ in range(n)]
    frame = to_frame({"text": [*texts[:-1], None], "x": rng.normal(size=n)})
    classes = np.where(["sun" in text for text in texts], "yes", "no")
    return FrameRows(frame, Question("y", column_from_values(classes))).table(
        FitSpec(folds=FEW), None
    )[0]


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is hashed from now on, text after text."""
    texts, real = list[str](), ngrams.all_buckets

    def all_buckets(found: Sequence[str], n_buckets: int) -> object:
        texts.extend(found)
        return real(found, n_buckets)

    monkeypatch.setattr(ngrams, "all_buckets", all_buckets)
    return texts


def test_a_study_hashes_a_text_once_for_all_splits_and_workers(hashed: list[str]) -> None:
    experiment = Experiment(table(), Splitting(0.25, 4), None, 0)
    there = pickle.loads(pickle.dumps(experiment))
    for here in (experiment, there):
        for split in (None, 0, 1, 2, 3):
            here.prepared(split, "plain")
    assert len(hashed) == len(set(hashed)) == len(experiment.table.coded.texts[0].levels)


def test_workers_get_grams_and_no_text() -> None:
    whole = table()
    small = bare(whole)
    assert small.coded.texts[0].levels == []
    ours, X = fit_features(whole, 0)
    theirs, same = fit_features(small, 0)
    assert np.array_equal(X, same)
    assert np.array_equal(ours(whole.coded), theirs(small.coded))


def test_a_batch_is_hashed_once_for_all_members(hashed: list[str]) -> None:
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(WORDS, 7)) for _ in range(300)]
    frame = to_frame({"text": texts})
    question = Question("y", column_from_values(np.array(["sun" in text for text in texts])))
    spec = FitSpec(Budget(None, 2), models=["additive", "linear"], folds=FEW)
    model = fit(FrameRows(frame, question), spec).model
    assert sum(op.name == "ngrams" for op in model.program.ops) > 1
    hashed.clear()
    model.raw(frame.take(np.arange(50)))
    assert sorted(hashed) == sorted(set(texts[:50]))


def test_long_texts_are_searched_on_in_part() -> None:
    """Two million characters a second of the budget: more take too long to be hashed."""
    rng = np.random.default_rng(0)
    n = 2_400
    texts = [" ".join(rng.choice(WORDS, 400)) for _ in range(n)]
    question = Question("y", column_from_values(rng.integers(0, 2, n)))
    rows = FrameRows(to_frame({"text": texts}), question)
    assert len(rows.table(FitSpec(folds=FEW), None)[0]) == n
    found, rest = rows.table(FitSpec(Budget(1.0), folds=FEW), None)
    assert len(found) == 2_000
    assert rest is not None
