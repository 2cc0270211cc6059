"""Scores of grams: the kernel computes what NumPy says, from texts and from counts alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.runtime.grams import GramCounts, GramRecipe
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.ops.text import GramModel
from pliant.runtime.raw import Strings

TEXTS = st.lists(st.text(alphabet="abc é漢字か .!", max_size=30), min_size=1, max_size=8)


def model(n_outputs: int, recipe: GramRecipe, seed: int = 0) -> GramModel:
    rng = np.random.default_rng(seed)
    n_slots = 1 << recipe.bits
    slots = np.sort(rng.permutation(n_slots)[: n_slots // 2]).astype(np.int32)
    lengths = rng.integers(0, n_outputs + 1, len(slots))
    outputs = [np.sort(rng.permutation(n_outputs)[:length]) for length in lengths]
    made = GramModel(
        recipe,
        slots,
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate(outputs).astype(np.uint16),
        rng.integers(-127, 128, lengths.sum()).astype(np.int8),
        rng.choice([1.0, 40.0, 100.0], n_outputs),
        rng.normal(size=n_outputs),
        rng.normal(size=n_outputs),
    )
    made.check()
    return made


@pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")
@pytest.mark.parametrize("n_outputs", [1, 5])
@pytest.mark.parametrize("recipe", [GramRecipe(bits=8), GramRecipe(3, 0, 0, 6)])
@given(texts=TEXTS)
def test_the_kernel_scores_as_numpy_does(
    texts: list[str], recipe: GramRecipe, n_outputs: int
) -> None:
    made = model(n_outputs, recipe)
    wanted = made.of_counts(GramCounts.of(texts, recipe))
    assert np.array_equal(made.of_texts(texts, made.packed), wanted)
    assert np.array_equal(made.of_texts(texts, None), wanted)


@given(texts=TEXTS)
def test_counted_texts_are_scored_as_they_are(texts: list[str]) -> None:
    made = model(2, GramRecipe(bits=8))
    text = Strings(np.array([-1, *range(len(texts)), 0], np.int32), texts)
    counts = GramCounts.of(texts, made.recipe)
    counted = Strings(text.indices, [], counted=counts)
    packed = made.packed
    assert np.array_equal(made.rows(text, packed), made.rows(counted, packed))
    assert np.array_equal(made.rows(text, packed)[0], made.bias)


@pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")
def test_the_kernel_refuses_what_is_no_model() -> None:
    from pliant.runtime import _kernel

    made = model(2, GramRecipe(bits=8))
    good = [made.slots, made.offsets, made.outputs, made.weights, np.zeros(256, np.uint8)]
    good += [made.shortest, made.scale, made.bias]
    changed = {
        0: made.slots[::-1].copy(),
        1: made.offsets + 1,
        2: made.outputs + np.uint16(2),
        4: np.zeros(2, np.uint8),
        5: np.ones(1),
        6: np.ones(1),
        7: np.ones(0),
    }
    for place, array in changed.items():
        arrays = [array if i == place else other for i, other in enumerate(good)]
        with pytest.raises(ValueError, match="expected"):
            _kernel.pack_gram_model(made.recipe.numbers, *arrays)
    packed = _kernel.pack_gram_model(made.recipe.numbers, *good)
    with pytest.raises(ValueError, match="a row a text"):
        _kernel.score_grams(packed, ("a",), np.empty((2, 2)))
