"""Rows of counted grams for learners, and what they learned from them as an op.

The values of a text's grams, as `runtime.grams` has them, lie in a row of unit length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.grams import GramRecipe
from pliant.runtime.ops import Op
from pliant.runtime.raw import Strings

WHOLE = 127
"""The greatest whole number that stands for a weight."""

SHORT = 0.05
"""The share of texts that count as short (`shortest_square`). By a model of tweeteval_emotion the
chance of "sad" alone to be sad is 0.9997, and was 1 to six digits; the log loss of test rows
changes by 0.002 at most (banking77, tweeteval_emotion, chnsenticorp_hotel)."""

RATIO_SMOOTHING = 0.25
"""Texts that hold a gram, besides those counted, in log-count ratios (Wang and Manning 2012)."""


def shortest_square(text: Strings) -> int:
    """Return the square of the length below which only `SHORT` of a column's texts lie: a shorter
    text is no surer for that each of its few grams is all that it has.
    """
    held = np.unique(text.indices[text.indices >= 0])
    lengths = text.counts().lengths()[held]
    return max(1, round(float(np.quantile(lengths, SHORT)) ** 2)) if len(held) else 1


def gram_rows(text: Strings, shortest: int = 1) -> Any:
    """Return the rows of a column of text, CSR of float32 (n, 2 ** bits); missing ones are empty.

    Values are divided by their length, by the root of `shortest` at least.

    Examples
    --------
    >>> rows = gram_rows(Strings(np.array([0, -1], np.int32), ["tea time"]))
    >>> rows.shape[0], rows[1].nnz, float(round(rows[0].power(2).sum(), 3))
    (2, 0, 1.0)
    """
    from scipy.sparse import csr_array

    counted = text.counts()
    used = np.append(np.diff(counted.starts), 0)[text.indices]  # the last: of a missing text
    starts = np.append(counted.starts[:-1], 0)[text.indices]
    ends = np.cumsum(used)
    at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + used, used)
    lengths = np.maximum(np.append(counted.lengths(), 1.0), np.sqrt(shortest))[text.indices]
    values = counted.values[at] / np.repeat(lengths, used)
    shape = len(text), 1 << counted.recipe.bits
    starts = np.concatenate([[0], ends]).astype(np.int32 if len(at) < 2**31 else np.int64)
    places = counted.slots[at], starts  # of one type: products are faster with 4 bytes
    return csr_array((values.astype(np.float32), *places), shape=shape)


def used_slots(rows: Any, least: int) -> NDArray[np.intp]:
    """Return the slots that occur in `least` rows at least."""
    return np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]) >= least)


def with_columns(rows: Any, columns: NDArray[np.intp]) -> Any:
    """Return sparse rows with some of their columns alone, ascending, in a pass over the values."""
    from scipy.sparse import csr_array

    place = np.full(rows.shape[1], -1, dtype=np.int32)
    place[columns] = np.arange(len(columns), dtype=np.int32)
    found = place.take(rows.indices)
    kept = found >= 0
    before = np.concatenate([[0], np.cumsum(kept)]).astype(rows.indptr.dtype)
    within = rows.data[kept], found[kept], before[rows.indptr]
    return csr_array(within, shape=(rows.shape[0], len(columns)))


def inverse_frequency(rows: Any) -> NDArray[np.float32]:
    """Return how rare each column of sparse rows is, (p, 1): the smoothed idf of a search engine.

    It is scaled so that rows times it have a length of 1 in the mean.
    """
    n_rows = np.bincount(rows.indices, minlength=rows.shape[1])
    return _unit(rows, (np.log((1 + rows.shape[0]) / (1 + n_rows)) + 1)[:, None])


def count_ratios(
    rows: Any, answers: NDArray[np.float32], power: float = 1.0
) -> NDArray[np.float32]:
    """Return for each column and answer how much more often rows of the answer hold it, (p, V).

    It is the log-count ratio of Wang and Manning (2012), its size, to a `power`, scaled as
    `inverse_frequency`. Answers (n, V) are shares, 0 to 1.
    """
    held = rows.copy()
    held.data = np.ones_like(held.data)
    yes = RATIO_SMOOTHING + np.asarray(held.T @ answers, dtype=np.float64)
    no = RATIO_SMOOTHING + np.asarray(held.T @ (1 - answers), dtype=np.float64)
    ratios = np.log(yes / yes.sum(axis=0)) - np.log(no / no.sum(axis=0))
    return _unit(rows, np.abs(ratios) ** power)


def _unit(rows: Any, scale: NDArray[np.float64]) -> NDArray[np.float32]:
    squares: NDArray[np.float64] = (rows.power(2) @ scale**2).mean(axis=0)
    unit: NDArray[np.float64] = scale / np.sqrt(np.maximum(squares, 1e-12))
    return unit.astype(np.float32)


@dataclass(frozen=True)
class GramWeights:
    """What was learned of the grams of one column: `weights` float32 (p, V) of `slots` (p,), for
    texts counted by a recipe, in rows of that `shortest` length.
    """

    slots: NDArray[np.intp]
    weights: NDArray[np.float32]
    recipe: GramRecipe
    shortest: int = 1

    def op(self, wires: tuple[str, str], bias: NDArray[np.float64]) -> Op:
        """Return the op that scores text on the first wire into the second.

        Weights are whole numbers of a byte in units of their output's greatest; those of 0 are left
        out.
        """
        scale = np.abs(self.weights).max(axis=0, initial=0.0).astype(np.float64) / WHOLE
        scale[scale == 0] = 1.0
        whole = np.rint(self.weights / scale).astype(np.int8)
        rows = np.flatnonzero(whole.any(axis=1))
        row, output = np.nonzero(whole[rows])
        lengths = np.bincount(row, minlength=len(rows))
        arrays: dict[str, NDArray[Any]] = {
            "slots": self.slots[rows].astype(np.int32),
            "offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            "outputs": output.astype(np.uint16),
            "weights": whole[rows][row, output],
            "scale": scale,
            "bias": bias,
        }
        names = "words", "low", "high", "bits", "shortest"
        settings = dict(zip(names, (*self.recipe.numbers, self.shortest), strict=True))
        return Op("gram_scores", (wires[0],), wires[1], arrays, settings)
