"""Ops on free text: linear models of its grams. (`ngrams`, of earlier versions, is in `codes`.)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pliant.runtime.grams import (
    DAMPED,
    MAX_BITS,
    MAX_WORDS,
    GramCounts,
    GramRecipe,
    joined_tokens,
)
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.ops.base import Array, Op, Run, Wire, one, register, within

if HAVE_KERNEL:
    from pliant.runtime import _kernel

if TYPE_CHECKING:
    from pliant.runtime.raw import Strings

MAX_CHARACTERS = 64
"""Characters of a gram at most."""

MAX_SHORTEST = 1 << 52
"""The greatest square of a length that is exact."""

_CHUNK = 2_000_000
"""Weights that NumPy holds at once."""


@register("gram_scores")
def gram_scores(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Score text by a linear model of its counted grams; a missing text is one without grams.

    Each gram has a value, `DAMPED` of its count; a text's values are divided by their Euclidean
    length, by the root of the setting `shortest` at least (1 where there is none). The score of
    output v is their product with the weights, times `scale[v]`, plus `bias[v]`, both float64 (V,).

    `slots` int32 (N,), ascending: the grams that have weights. Those of gram i lie from
    `offsets[i]` to `offsets[i + 1]`, int64 (N + 1,), in `weights` int8 (W,), each for the output
    in `outputs` uint16 (W,). The settings `words`, `low`, `high` and `bits` are the recipe.
    """
    one(inputs, "text")
    model = GramModel.of(op)
    model.check()
    return lambda text: model.rows(text, model.packed), Wire("values", len(model.bias))


def recipe_of(op: Op) -> GramRecipe:
    """Return which grams an op counts; ValueError where its settings say none."""
    return GramRecipe(
        op.integer("words", 0, MAX_WORDS),
        op.integer("low", 0, MAX_CHARACTERS),
        op.integer("high", 0, MAX_CHARACTERS),
        op.integer("bits", 1, MAX_BITS),
    )


@dataclass(frozen=True)
class GramModel:
    """A linear model of grams, as the op `gram_scores` has it; `shortest` is a length an output."""

    recipe: GramRecipe
    slots: Array
    offsets: Array
    outputs: Array
    weights: Array
    shortest: Array
    scale: Array
    bias: Array

    @classmethod
    def of(cls, op: Op) -> GramModel:
        """Return the model of an op; ValueError where an array is not of its type."""
        shortest = op.integer("shortest", 1, MAX_SHORTEST) if "shortest" in op.settings else 1
        bias = op.array("bias", "float64", 1)
        return cls(
            recipe_of(op),
            *(op.array("slots", "int32", 1), op.array("offsets", "int64", 1)),
            *(op.array("outputs", "uint16", 1), op.array("weights", "int8", 1)),
            np.full(len(bias), np.sqrt(shortest)),
            op.array("scale", "float64", 1),
            bias,
        )

    @classmethod
    def side_by_side(cls, models: Sequence[GramModel]) -> GramModel:
        """Return one model with the outputs of all, one model's after another's; they count alike.

        Then a text is counted once for all, and each of its grams looked up once.
        """
        if len(models) == 1:
            return models[0]
        firsts = np.cumsum([0, *(len(m.bias) for m in models)])
        outputs = [m.outputs + np.uint16(first) for m, first in zip(models, firsts, strict=False)]
        slot = np.concatenate([np.repeat(m.slots, np.diff(m.offsets)) for m in models])
        order = np.argsort(slot, kind="stable")
        slots, begins = np.unique(slot[order], return_index=True)
        return cls(
            models[0].recipe,
            slots,
            np.append(begins, len(slot)).astype(np.int64),
            np.concatenate(outputs)[order],
            np.concatenate([m.weights for m in models])[order],
            np.concatenate([m.shortest for m in models]),
            np.concatenate([m.scale for m in models]),
            np.concatenate([m.bias for m in models]),
        )

    def check(self) -> None:
        """Raise ValueError where the arrays do not fit together."""
        if len(self.bias) == 0 or len(self.scale) != len(self.bias):
            raise ValueError(f"expected a scale and a bias an output, got {len(self.scale)}")
        within("slots", self.slots, 1 << self.recipe.bits)
        within("outputs", self.outputs, len(self.bias))
        if (np.diff(self.slots) <= 0).any():
            raise ValueError("expected slots that ascend")
        n, offsets = len(self.weights), self.offsets
        fits = len(offsets) == len(self.slots) + 1 and len(self.outputs) == n
        if not fits or offsets[0] != 0 or offsets[-1] != n or (np.diff(offsets) < 0).any():
            raise ValueError(f"expected offsets that cut {n} weights, and an output for each")

    @cached_property
    def packed(self) -> object | None:
        """The model as the kernel has it, made when it is first run; None where there is none."""
        if not HAVE_KERNEL:
            return None
        arrays = self.slots, self.offsets, self.outputs, self.weights, DAMPED
        outputs = self.shortest, self.scale, self.bias
        packed: object = _kernel.pack_gram_model(self.recipe.numbers, *arrays, *outputs)
        return packed

    def rows(self, text: Strings, packed: object | None) -> Array:
        """Return the scores float64 (n, V) of rows of text; equal texts are scored once."""
        table = np.empty((len(text.levels) + 1, len(self.bias)))
        counted = text.counted
        if counted is not None and counted.recipe == self.recipe:
            table = np.empty((len(counted) + 1, len(self.bias)))
            self.count_scores(counted, packed, table[:-1])
        elif len(text.levels) == len(text.indices) == 1:  # a request: no search for what is used
            table = self.of_texts(text.levels, packed)
            return table if text.indices[0] == 0 else self.bias[None, :].copy()
        else:
            used = np.unique(text.indices[text.indices >= 0])
            table[used] = self.of_texts([text.levels[i] for i in used.tolist()], packed)
        table[-1] = self.bias
        return table[text.indices]

    def count_scores(self, counted: GramCounts, packed: object | None, out: Array) -> None:
        """Write the scores of counted texts to `out`, float64 (t, V)."""
        if packed is None:
            out[:] = self.of_counts(counted)
        else:
            arrays = counted.slots, counted.counts, counted.starts
            _kernel.score_counts(packed, *arrays, out)

    def of_texts(self, texts: list[str], packed: object | None) -> Array:
        """Return the scores of texts, float64 (t, V)."""
        if packed is None:
            return self.of_counts(GramCounts.of(texts, self.recipe))
        out = np.empty((len(texts), len(self.bias)))
        _kernel.score_grams(packed, joined_tokens(texts), out)
        return out

    def of_counts(self, counted: GramCounts) -> Array:
        """Return the scores of counted texts, float64 (t, V).

        Products of values and weights are whole numbers, so that their sums are exact in any order.
        """
        n, n_outputs = len(counted), len(self.bias)
        row_of = np.full(1 << self.recipe.bits, -1, dtype=np.int32)
        row_of[self.slots] = np.arange(len(self.slots), dtype=np.int32)
        found = row_of[counted.slots]
        hits = np.flatnonzero(found >= 0)
        row, value = found[hits], counted.values[hits].astype(np.float64)
        text = np.repeat(np.arange(n), np.diff(counted.starts))[hits]
        ends = np.cumsum(self.offsets[row + 1] - self.offsets[row])
        sums = np.zeros(n * n_outputs)
        start = 0
        while start < len(hits):
            most = (ends[start - 1] if start else 0) + _CHUNK
            stop = max(start + 1, int(np.searchsorted(ends, most, side="right")))
            self._add(sums, row[start:stop], value[start:stop], text[start:stop])
            start = stop
        lengths = np.maximum(counted.lengths()[:, None], self.shortest)
        sums = sums.reshape(n, n_outputs) / lengths
        out: Array = sums * self.scale + self.bias
        return out

    def _add(self, sums: Array, row: Array, value: Array, text: Array) -> None:
        """Add the products of some grams, each of a row of weights, to the flat `sums`."""
        first, lengths = self.offsets[row], self.offsets[row + 1] - self.offsets[row]
        begins = np.cumsum(lengths) - lengths
        at = np.arange(lengths.sum()) + np.repeat(first - begins, lengths)
        products = self.weights[at] * np.repeat(value, lengths)
        cell = np.repeat(text * len(self.bias), lengths) + self.outputs[at]
        sums += np.bincount(cell, products, len(sums))
