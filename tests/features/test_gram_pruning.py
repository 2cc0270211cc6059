"""Pruned models of grams: small, and they say nearly what the whole says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pliant.features.gram_pruning import SLOT_BYTES, gram_bytes, pruned
from pliant.features.gram_rows import GramWeights, gram_rows, used_slots
from pliant.runtime.grams import GramRecipe
from pliant.runtime.ops import Op, Wire, prepare
from pliant.runtime.raw import Strings

WORDS = [f"word{i}" for i in range(60)]
BIAS = np.array([0.5, -0.5, 0.0])


def texts(n: int = 120) -> Strings:
    """Return texts in which the first words are frequent."""
    rng = np.random.default_rng(0)
    chance = 1 / (1 + np.arange(len(WORDS)))
    found = [" ".join(rng.choice(WORDS, 8, p=chance / chance.sum())) for _ in range(n)]
    return Strings(np.arange(n, dtype=np.int32), found).with_counts(GramRecipe(1, 0, 0, 12))


def whole(text: Strings) -> Op:
    slots = used_slots(gram_rows(text), 1)
    weights = np.random.default_rng(1).normal(size=(len(slots), 3)).astype(np.float32)
    return GramWeights(slots, weights, text.counts().recipe).op(("text:0", "out"), BIAS)


def scores(op: Op, text: Strings) -> np.ndarray:
    return prepare(op, (Wire("text", 1),))[0](text)


@pytest.mark.parametrize("most", [200, 90, 30])
def test_what_is_left_takes_no_more_and_says_nearly_the_same(most: int) -> None:
    text = texts()
    full = whole(text)
    op = pruned(full, most, text)
    assert 0.8 * most < gram_bytes(op) <= most < gram_bytes(full)
    left, all_of_it = scores(op, text) - BIAS, scores(full, text) - BIAS
    unexplained = ((all_of_it - left) ** 2).sum() / (all_of_it**2).sum()
    assert unexplained < {200: 0.05, 90: 0.4, 30: 0.7}[most]
    # No other scale would be nearer.
    np.testing.assert_allclose((all_of_it * left).sum(), (left * left).sum())


def test_a_small_model_stays_as_it_is() -> None:
    text = texts()
    op = whole(text)
    assert pruned(op, gram_bytes(op), text) is op


def test_of_equal_weights_those_of_frequent_grams_are_kept() -> None:
    text = texts()
    full = whole(text)
    n = len(full.arrays["weights"])
    full = replace(full, arrays=full.arrays | {"weights": np.full(n, 100, np.int8)})
    full = replace(full, arrays=full.arrays | {"scale": np.ones(3)})
    kept = pruned(full, 10 * (3 + SLOT_BYTES), text).arrays["slots"]
    often = np.bincount(text.counts().slots, minlength=1 << 12)
    assert often[kept].min() >= np.sort(often)[-10]


def test_texts_of_rows_that_are_held_out_have_no_part_in_it() -> None:
    text = texts()
    some = text.take(np.arange(60))
    alone = Strings(some.indices, text.levels[:60]).with_counts(text.counts().recipe)
    full = whole(some)
    for name, array in pruned(full, 90, some).arrays.items():
        assert np.array_equal(array, pruned(full, 90, alone).arrays[name])


def test_nothing_may_be_left() -> None:
    text = texts()
    op = pruned(whole(text), 0, text)
    assert gram_bytes(op) == 0
    assert scores(op, text).tolist() == [BIAS.tolist()] * len(text)
