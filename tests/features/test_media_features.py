"""Images and sounds as features: what is trained on, what the ops make, what is made once."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.data.bare import bare
from pliant.data.table import Roles, Table
from pliant.data.target import Target
from pliant.features.features import fit_features
from pliant.features.media import with_descriptions
from pliant.features.width import width_of
from pliant.runtime.coded import Coded, joined
from pliant.runtime.kinds import AudioCodebook, ImageCodebook
from pliant.runtime.schema import Column, Schema

N = 60


def table(n_classes: int = 2) -> Table:
    """Return images of which the first class is darker, one of them missing, beside noise."""
    rng = np.random.default_rng(0)
    label = rng.permutation(N) % n_classes
    pixels = rng.integers(1, 120, (N, 6 * 6)).astype(np.uint8) + (label * 20)[:, None].astype("u1")
    pixels[7] = 0
    sounds = rng.integers(1, 256, (N, 8 * 16)).astype(np.uint8)
    columns = (
        Column("p", "image", ImageCodebook((6, 6), 1)),
        Column("s", "audio", AudioCodebook(8, 16)),
    )
    own = {"image:0": pixels, "audio:0": sounds}
    coded = Coded(np.zeros((N, 0), np.uint8), np.zeros((N, 0), np.int32), own)
    task = "binary" if n_classes == 2 else "multiclass"
    target = Target(task, label.astype(np.uint8), tuple(range(n_classes)))
    return Table(Schema(columns), coded, target, Roles())


@pytest.mark.parametrize("n_classes", [2, 3])
def test_each_answer_has_a_score(n_classes: int) -> None:
    whole = table(n_classes)
    features, X = fit_features(whole, 0)
    n_answers = 1 if n_classes == 2 else n_classes
    names = [
        f"{c}:{what}{v}" for c, what in (("p", "image"), ("s", "audio")) for v in range(n_answers)
    ]
    assert [f.name for f in features.features] == names
    assert X.shape[1] == width_of(whole.schema, n_answers, "plain")
    score = X[:, 0].astype(float)
    assert (X[7, :n_answers] == 0).all()
    assert (np.delete(X, 7, axis=0) > 0).all()
    if n_classes == 2:
        assert np.corrcoef(score, whole.target.values)[0, 1] > 0.5


def test_what_was_described_once_is_the_same() -> None:
    whole = table()
    once = with_descriptions(whole.schema, whole.coded)
    assert sorted(once.described) == ["audio:0.kernels", "image:0.colours", "image:0.gradients"]
    features, X = fit_features(whole, 0)
    again, same = fit_features(Table(whole.schema, once, whole.target, whole.roles), 0)
    assert np.array_equal(X, same)
    rows = np.array([3, 7, 1])
    assert np.array_equal(again(once.take(rows)), features(whole.coded.take(rows)))
    assert np.array_equal(again(once.between(2, 9)), features(whole.coded)[2:9])
    assert with_descriptions(whole.schema, once).described == once.described
    assert not joined([once, once]).described


def test_workers_make_the_same() -> None:
    whole = table()
    assert np.array_equal(fit_features(bare(whole), 0)[1], fit_features(whole, 0)[1])
    encoded = bare(whole).schema.own_planes[0].book
    assert not np.asarray(encoded.encode(encoded.made_up(3, np.random.default_rng(0)))).any()
