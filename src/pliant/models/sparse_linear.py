"""Linear models of counted grams of free text, beside the other features of the table.

Weights of grams are expected to be large where a gram is rare ("idf"), or where it tells an answer
from the others ("ratio", after the NB-SVM of Wang and Manning 2012, or its root), and learned in
multiples of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from pliant.data.target import Target
from pliant.features.block import View
from pliant.features.decode import Decoder, learn_decoder
from pliant.features.descent import Descent, Learned, Run, descend
from pliant.features.gram_pruning import pruned
from pliant.features.gram_rows import (
    GramWeights,
    count_ratios,
    gram_rows,
    inverse_frequency,
    shortest_square,
    used_slots,
    with_columns,
)
from pliant.models.base import SCORE, Allowance, Data, Fitted, Shape, link_of
from pliant.models.family import Default, Family
from pliant.models.linear import tables_op
from pliant.models.space import Choice, Float, Space
from pliant.models.temperature import best_temperature, cooled, mean_temperature
from pliant.runtime.ops import Op
from pliant.runtime.raw import Strings

PIECES = 8
"""Pieces that a number is cut into, as in the family `linear`."""

TABLE_PRIOR = 1.0
"""How large the weights of the other features are expected to be, beside those of grams."""


@dataclass(frozen=True)
class SparseLinearConfig:
    """How weights are learned (`features.descent.Descent`), and how large they are expected to be:
    `prior` "idf", "ratio" or "root ratio". Grams count that `min_rows` rows hold; weights are kept
    that take about `max_bytes` in a file. Scores are divided by `temperature`: None stands for the
    one that is best on held-out rows (`models.temperature`).
    """

    prior: Literal["idf", "ratio", "root ratio"] = "idf"
    l2: float = 0.01
    rate: float = 1.0
    epochs: int = 6
    batch: int = 256
    min_rows: int = 2
    max_bytes: int = 400_000
    temperature: float | None = None


class SparseLinear(Family):
    """The family of linear models of text."""

    name = "sparse_linear"
    package = "scipy.sparse"
    import_seconds = 0.5
    view: ClassVar[View] = "grams"
    member_gain = 0.01  # members share the bytes of one (`ensemble/text_members.py`)
    bytes_per_cell = 48.0
    defaults: ClassVar[Mapping[str, Default]] = {
        "idf": Default(SparseLinearConfig(), 2),
        "ratio": Default(SparseLinearConfig(prior="ratio", l2=0.1), 3),
        "root ratio": Default(SparseLinearConfig(prior="root ratio", l2=0.03, min_rows=3), 4),
        "strong ratio": Default(SparseLinearConfig(prior="ratio", l2=1.0, rate=0.5), 5),
    }
    space: ClassVar[Space] = {
        "prior": Choice("idf", "ratio", "root ratio"),
        "l2": Float(1e-3, 10.0, log=True),
        "rate": Float(0.3, 2.0, log=True),
    }

    def seconds(self, config: SparseLinearConfig, shape: Shape) -> float:
        """Return about how long a fit takes."""
        values = shape.rows * (shape.grams + 2 * shape.features)
        return 0.05 + 2e-9 * values * (100 + 3 * config.epochs * (1 + shape.outputs / 2))

    def cheaper(self, config: SparseLinearConfig, factor: float) -> SparseLinearConfig:
        """Return a configuration with fewer, larger steps."""
        return replace(config, epochs=max(2, round(config.epochs / factor)), batch=512)

    def fit(self, data: Data, config: SparseLinearConfig, allowance: Allowance) -> Fitted:
        """Return the linear model."""
        train = data.train
        inputs = _Inputs.of(data, config.min_rows)
        answers, link = _answers(train.target), link_of(data.target.task)
        weight = (train.weights / max(train.weights.mean(), 1e-12)).astype(np.float32)
        how = Descent(config.l2, config.rate, config.epochs, config.batch)
        run = Run(link, allowance.deadline, allowance.seed)
        by_ratio = config.prior != "idf" and data.target.task != "regression"
        power = 0.5 if config.prior == "root ratio" else 1.0
        prior = inputs.prior(answers if by_ratio else None, power)
        learned = descend(inputs.rows, answers, weight, prior, how, run)
        fitted = Fitted(inputs.ops(learned, config.max_bytes), link, finished=learned.finished)
        temperature = config.temperature or 1.0
        if config.temperature is None and data.valid is not None:
            temperature = best_temperature(fitted, learned.bias.astype(np.float64), data.valid)
        return cooled(fitted, temperature)

    def settled(self, config: SparseLinearConfig, fits: Sequence[Fitted]) -> SparseLinearConfig:
        """Return the configuration with the temperature that fits on splits chose."""
        return replace(config, temperature=config.temperature or mean_temperature(fits))


def _answers(target: Target) -> NDArray[np.float32]:
    """Return what scores should become, (n, V): a column a class, or a number."""
    if target.task != "multiclass":
        return target.values.astype(np.float32)[:, None]
    answers = np.zeros((len(target.values), len(target.classes)), dtype=np.float32)
    answers[np.arange(len(answers)), target.values.astype(np.intp)] = 1.0
    return answers


@dataclass(frozen=True)
class _Text:
    """A column of text: its training rows, the slots that count, and the square of its shortest
    length (`gram_rows.shortest_square`).
    """

    rows: Strings
    slots: NDArray[np.intp]
    shortest: int


@dataclass(frozen=True)
class _Inputs:
    """What a model reads: `rows` (n, p) of the grams of each text, by its wire, and of the values
    that the decoder makes of the other features.
    """

    rows: Any
    texts: Mapping[str, _Text]
    decoder: Decoder | None

    @classmethod
    def of(cls, data: Data, min_rows: int) -> _Inputs:
        """Return the inputs of training rows."""
        from scipy.sparse import csr_array, hstack

        parts, texts = [], {}
        for wire, plane in data.train.own.items():
            if isinstance(plane, Strings):
                plane = plane.with_counts()
                shortest = shortest_square(plane)
                rows = gram_rows(plane, shortest)
                slots = used_slots(rows, min_rows)
                texts[wire] = _Text(plane, slots, shortest)
                parts.append(with_columns(rows, slots))
        decoder = None
        if data.features:
            decoder = learn_decoder(data.features, data.train.X, PIECES)
            parts.append(csr_array(decoder(data.train.X)))
        return cls(hstack(parts, format="csr", dtype=np.float32), texts, decoder)

    def prior(self, answers: NDArray[np.float32] | None, power: float) -> NDArray[np.float32]:
        """Return how large each weight is expected to be, (p, 1), or (p, V) by the answers."""
        ends, parts = np.cumsum([len(text.slots) for text in self.texts.values()]), []
        for start, end in zip([0, *ends], ends, strict=False):
            rows = self.rows[:, start:end]
            ratios = None if answers is None else count_ratios(rows, answers, power)
            parts.append(inverse_frequency(rows) if ratios is None else ratios)
        width = 1 if answers is None else answers.shape[1]
        others = self.rows.shape[1] - sum(map(len, parts))
        return np.concatenate([*parts, np.full((others, width), TABLE_PRIOR, dtype=np.float32)])

    def ops(self, learned: Learned, most: int) -> tuple[Op, ...]:
        """Return the model as ops: a score a text, one of the other features, and their sum."""
        ops, start = list[Op](), 0
        bias, none = learned.bias.astype(np.float64), np.zeros(len(learned.bias))
        for wire, text in self.texts.items():
            weights = learned.weights[start : start + len(text.slots)]
            start += len(text.slots)
            out = f"{wire}.{SCORE}"
            own = none if ops else bias
            recipe = text.rows.counts().recipe
            op = GramWeights(text.slots, weights, recipe, text.shortest).op((wire, out), own)
            ops.append(pruned(op, most, text.rows))
        if self.decoder is not None:
            others = learned.weights[start:].astype(np.float64)
            table = tables_op(self.decoder, others, none if ops else bias)
            ops.append(replace(table, output=f"table.{SCORE}"))
        if len(ops) == 1:
            return (replace(ops[0], output=SCORE),)
        ones = np.ones(len(ops))
        return *ops, Op("mix", tuple(op.output for op in ops), SCORE, {"weights": ones})
