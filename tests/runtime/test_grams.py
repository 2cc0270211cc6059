"""Counted n-grams: stable over time, the same in the kernel and in Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.runtime import grams as grams_module
from pliant.runtime.grams import DAMPED, GramCounts, GramRecipe, recipe_for
from pliant.runtime.level import HAVE_KERNEL

RECIPES = [
    GramRecipe(),
    GramRecipe(3, 0, 0, 18),
    GramRecipe(1, 1, 1, 4),
    GramRecipe(0, 3, 4, 10),
    GramRecipe(4, 2, 9, 20),
]
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="ab é漢字か😀_. \t\x00\u0301\ud800İßกन𠀀", max_size=60),
    ),
    max_size=12,
)


def test_grams_are_words_and_characters_within_them() -> None:
    recipe = GramRecipe(2, 2, 5)
    assert list(recipe.words_of(["to", "be"])) == ["to", "to be", "be"]
    assert list(recipe.within("to")) == [" t", " to", " to ", "to", "to ", "o "]
    assert list(recipe.within("a")) == list(recipe.within("房")) == []


def test_characters_without_spaces_go_together_up_to_three() -> None:
    found = [gram.replace(" ", "") for gram in GramRecipe(1).words_of([*"房间很小!"])]
    assert found == ["房", "房间", "间", "房间很", "间很", "很", "间很小", "很小", "小", "!"]


def test_the_slot_of_a_gram_is_the_same_in_every_version() -> None:
    assert list(GramRecipe(1, 4, 4, 16).slots_of("tea")) == [55218, 20002, 43922]


def test_counts_stop_at_a_byte() -> None:
    slots, counts = GramRecipe(1, 0, 0).count("tea " * 300)
    assert len(slots) == 1
    assert counts.tolist() == [255]


@pytest.mark.parametrize("recipe", RECIPES)
@given(texts=TEXTS)
def test_the_kernel_counts_what_python_says(recipe: GramRecipe, texts: list[str]) -> None:
    found = GramCounts.of(texts, recipe)
    assert len(found) == len(texts)
    for i, text in enumerate(texts):
        part = slice(found.starts[i], found.starts[i + 1])
        slots, counts = recipe.count(text)
        assert np.array_equal(found.slots[part], slots)
        assert np.array_equal(found.counts[part], counts)


def test_many_texts_are_counted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"text {i} of many" for i in range(30)]
    whole = GramCounts.of(texts, GramRecipe())
    monkeypatch.setattr(grams_module, "TOGETHER", 7)
    parts = GramCounts.of(texts, GramRecipe())
    assert np.array_equal(whole.slots, parts.slots)
    assert np.array_equal(whole.starts, parts.starts)


def test_without_the_kernel_the_counts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["one text", "", "很好 text"]
    here = GramCounts.of(texts, GramRecipe())
    monkeypatch.setattr(grams_module, "HAVE_KERNEL", False)
    there = GramCounts.of(texts, GramRecipe())
    assert np.array_equal(here.slots, there.slots)
    assert np.array_equal(here.counts, there.counts)
    assert np.array_equal(here.starts, there.starts)


def test_lengths_are_euclidean_and_one_of_nothing() -> None:
    found = GramCounts.of(["a b b", ""], GramRecipe(1, 0, 0))
    assert found.lengths().tolist() == [np.hypot(*DAMPED[[1, 2]].astype(float)), 1.0]


def test_some_texts_are_counted_as_they_are_alone() -> None:
    texts = ["one text", "", "很好 text", "four"]
    some = GramCounts.of(texts, GramRecipe()).take(np.array([2, 1, 0]))
    alone = GramCounts.of([texts[2], texts[1], texts[0]], GramRecipe())
    assert np.array_equal(some.slots, alone.slots)
    assert np.array_equal(some.counts, alone.counts)
    assert np.array_equal(some.starts, alone.starts)


def test_long_texts_are_read_by_words() -> None:
    assert recipe_for(["word " * 100] * 3).high == 0
    assert recipe_for(["short"]) == recipe_for([]) == GramRecipe()


def test_much_text_has_more_slots() -> None:
    assert recipe_for(["short \ud800"] * 200_000).bits == recipe_for(["很短"] * 200_000).bits == 20
    assert recipe_for(["短"] * 200_000).bits == 18


@pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")
@pytest.mark.parametrize(
    ("texts", "recipe", "n"),
    [
        (["a"], (2, 2, 5, 18), 1),
        (("a",), (2, 2, 5), 1),
        (("a",), (5, 2, 5, 18), 1),
        (("a",), (2, -1, 5, 18), 1),
        (("a",), (2, 2, 5, 23), 1),
        (("a",), (2, 2, 5, 0), 1),
        (("a",), (2, 2, 5, 18), 2),
    ],
)
def test_the_kernel_refuses_what_is_no_recipe(
    texts: tuple[str, ...], recipe: tuple[int, int, int, int], n: int
) -> None:
    from pliant.runtime import _kernel

    with pytest.raises(ValueError, match="expected"):
        _kernel.gram_counts(texts, recipe, np.zeros(n, np.int64))
