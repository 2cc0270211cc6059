"""Free text: counted once for a whole experiment, its rows counted by what that takes."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from few_folds import FEW
from pliant.core.config import Budget
from pliant.data.bare import bare
from pliant.data.table import Table
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.features.features import fit_features
from pliant.runtime import grams as grams_module
from pliant.runtime.grams import GramRecipe
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.schema import Schema
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
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts whose grams are counted from now on."""
    texts, real = list[str](), grams_module.GramCounts.of

    def of(found: Sequence[str], recipe: GramRecipe) -> grams_module.GramCounts:
        texts.extend(found)
        return real(found, recipe)

    monkeypatch.setattr(grams_module.GramCounts, "of", of)
    return texts


def test_an_experiment_counts_a_text_once_for_all_splits_and_workers(counted: list[str]) -> None:
    experiment = Experiment(table(), Splitting(0.25, 4), None, 0)
    there = pickle.loads(pickle.dumps(experiment))
    for here in (experiment, there):
        for split in (None, 0, 1, 2, 3):
            here.prepared(split, "plain")
            here.prepared(split, "grams")
    assert len(counted) == len(set(counted)) == len(experiment.table.coded.texts[0].levels)


def test_workers_get_grams_and_no_text() -> None:
    whole = table()
    small = bare(whole)
    assert small.coded.texts[0].levels == []
    ours, X = fit_features(whole, 0)
    theirs, same = fit_features(small, 0)
    assert np.array_equal(X, same)
    assert np.array_equal(ours(whole.coded), theirs(small.coded))


def test_texts_seen_as_grams_are_no_features() -> None:
    whole = table()
    features, X = fit_features(whole, 0, "grams")
    assert X.shape == (400, 1)
    assert features.own == ("text:0",)
    assert features.planes(whole.coded)["text:0"] is whole.coded.own["text:0"]


def test_a_table_of_text_alone_has_no_features_seen_as_grams() -> None:
    whole = table()
    schema = Schema(tuple(c for c in whole.schema.columns if c.name == "text"))
    coded = replace(whole.coded, codes=np.empty((400, 0), np.uint8))
    features, X = fit_features(replace(whole, schema=schema, coded=coded), 0, "grams")
    assert X.shape == features(coded).shape == (400, 0)


def test_long_texts_are_searched_on_in_part() -> None:
    """Two million characters a second of the budget: more take too long to be counted."""
    rng = np.random.default_rng(0)
    n = 2_400
    texts = [" ".join(rng.choice(WORDS, 400)) for _ in range(n)]
    question = Question("y", column_from_values(rng.integers(0, 2, n)))
    rows = FrameRows(to_frame({"text": texts}), question)
    assert len(rows.table(FitSpec(folds=FEW), None)[0]) == n
    found, rest = rows.table(FitSpec(Budget(1.0), folds=FEW), None)
    assert len(found) == 2_000
    assert rest is not None
