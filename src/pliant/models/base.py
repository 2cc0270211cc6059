"""What model families are given and what they return: rows, an allowance, a fitted model as ops."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from threading import Lock
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pliant.core.blas import limit_new_libraries
from pliant.core.deadline import Deadline
from pliant.data.target import Target
from pliant.features.block import Feature, View, reads
from pliant.features.width import width_of
from pliant.metrics import LOSS, Metric
from pliant.runtime.coded import rows_of
from pliant.runtime.kinds import Plane
from pliant.runtime.ops import Op, Wire
from pliant.runtime.ops.outputs import apply_link
from pliant.runtime.ops.run import run_steps, steps_of
from pliant.runtime.parts import in_parts
from pliant.runtime.raw import Strings
from pliant.runtime.schema import Schema

T = TypeVar("T")

SCORE = "score"
"""The wire that the ops of a fitted model end in."""

NOTHING: Mapping[str, Plane] = MappingProxyType({})
"""No planes besides the features."""


FIT_BYTES, OUTPUT_BYTES = 40e6, 32.0
"""What a fit takes however small its table, and for each output of each row; with
`Family.bytes_per_cell` no less than was measured (`python -m benchmarks.scaling.memory`: 200,000 x
20 and 20,000 x 400 with two classes, 50,000 x 20 with eight)."""


@dataclass(frozen=True)
class Part:
    """Rows ready for a learner: `X` uint8 (n, F), C-contiguous; `weight` float64 (n,) or None.

    `own` has planes that models read besides, by wire: text, its grams counted, where rows are seen
    as "grams"; images and sounds, uint8 (n, H, W, C), where they are seen as "grids". For a
    regression the target is standardised on the training rows.
    """

    X: NDArray[np.uint8]
    target: Target
    weight: NDArray[np.float64] | None = None
    own: Mapping[str, Plane] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.X)

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weights float64 (n,), ones where none were given."""
        return np.ones(len(self)) if self.weight is None else self.weight

    def take(self, rows: NDArray[np.intp]) -> Part:
        """Return the given rows."""
        weight = None if self.weight is None else self.weight[rows]
        own = {wire: rows_of(plane, rows) for wire, plane in self.own.items()}
        return Part(self.X[rows], self.target.take(rows), weight, own)


@dataclass(frozen=True)
class Data:
    """What a family is fitted on; `valid` is None when the number of rounds is given."""

    train: Part
    valid: Part | None
    features: tuple[Feature, ...]
    _made: dict[str, Any] = field(default_factory=dict, repr=False)
    _lending: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[type[Data], tuple[Any, ...]]:
        """Pickle the rows alone, not what was made of them."""
        return Data, (self.train, self.valid, self.features)

    @property
    def target(self) -> Target:
        """The target of the training rows."""
        return self.train.target

    @property
    def loss(self) -> Metric:
        """What is trained for, and by which rounds are chosen."""
        return LOSS[self.target.task]

    @property
    def monotone(self) -> list[int]:
        """The direction that predictions must take with each feature; empty where none must."""
        directions = [feature.monotone for feature in self.features]
        return directions if any(directions) else []

    def apart(self) -> Data:
        """Return the same rows with nothing shared: for fits that run at the same time."""
        return replace(self, _made={})

    @contextmanager
    def lent(self) -> Iterator[Data]:
        """Lend these rows, and what was made of them, to one fit; to others meanwhile, the rows.

        What libraries make of rows is not for several fits at once.
        """
        if not self._lending.acquire(blocking=False):
            yield self.apart()
            return
        try:
            yield self
        finally:
            self._lending.release()

    def cached(self, key: str, make: Callable[[], T]) -> T:
        """Return what `make` returned the first time: what one fit after another shares."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made


@dataclass(frozen=True)
class ProcessGroup:
    """Processes that train one model together, each on rows of its own: data-parallel training.

    `addresses` are where each of them listens to the others, "host:port", in the same order in all
    of them; `rank` is the place of this one among them.
    """

    addresses: tuple[str, ...]
    rank: int

    @property
    def size(self) -> int:
        """How many processes there are."""
        return len(self.addresses)

    @property
    def port(self) -> int:
        """Where this process listens."""
        return int(self.addresses[self.rank].rpartition(":")[2])


@dataclass(frozen=True)
class Allowance:
    """What one fit may use.

    `deadline` counts down to its deadline; what was reached by then is kept. `rounds`, where given,
    is how many rounds to train instead of stopping early. With a `group` the training rows are this
    process's share of all, and as many rounds are trained as were given, whatever the deadline
    says: the processes have to end after the same one.
    """

    deadline: Deadline
    threads: int = 1
    seed: int = 0
    rounds: int | None = None
    group: ProcessGroup | None = None


@dataclass(frozen=True)
class Fitted:
    """A fitted model as data: ops from the wire `X`, and those of text, to `score`, and a link.

    `rounds` is how many rounds were kept, and `trained` how many were trained for them: more where
    the fit stopped early and went back to its best round. `finished` is False when the deadline cut
    the fit. `temperature` is what scores were divided by, chosen on held-out rows.
    """

    ops: tuple[Op, ...]
    link: str
    rounds: int = 0
    finished: bool = True
    trained: int = 0
    temperature: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "trained", max(self.trained, self.rounds))

    def predict(
        self, X: NDArray[np.uint8], own: Mapping[str, Plane] = NOTHING
    ) -> NDArray[np.float64]:
        """Return predictions float64 (n, V): probabilities, or standardised numbers.

        `own` are the planes that the model reads besides its features, by wire (`Part.own`).
        """
        if own:
            return apply_link(self._score(X, own), self.link)
        return apply_link(self.score(X), self.link)

    def score(self, X: NDArray[np.uint8], threads: int = 1) -> NDArray[np.float64]:
        """Return scores float64 (n, V), before the link; many rows are split among `threads`."""
        parts = in_parts(len(X), threads, lambda a, b: self._score(X[a:b], NOTHING))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def scores_of(self, part: Part) -> NDArray[np.float64]:
        """Return the scores float64 (n, V) of rows as learners get them."""
        return self._score(part.X, part.own)

    def _score(self, X: NDArray[np.uint8], own: Mapping[str, Plane]) -> NDArray[np.float64]:
        wires = {"X": Wire("codes", X.shape[1])} | {w: _wire_of(w, p) for w, p in own.items()}
        made = run_steps(steps_of(self.ops, wires), {"X": X, **own}, len(X))
        score: NDArray[Any] = made[SCORE]
        return score.astype(np.float64, copy=False)


def _wire_of(name: str, plane: Plane) -> Wire:
    """Return what a wire carries that is named after its plane, as "text:0" and "image:1" are."""
    kind = name.partition(":")[0]
    return Wire(kind, 1 if isinstance(plane, Strings) else math.prod(plane.shape[1:]))


@dataclass(frozen=True)
class Shape:
    """The size of a fit: training rows, features, outputs, threads, other views of the table; and
    the grams of a row's text, where rows are seen as "grams", or the values of its grids, pixels
    times channels, where they are seen as "grids".
    """

    rows: int
    features: int
    outputs: int
    threads: int
    views: tuple[View, ...] = ()
    grams: float = 0.0
    grid_values: float = 0.0

    @classmethod
    def of(cls, schema: Schema, n_outputs: int, rows: int, view: View = "plain") -> Shape:
        """Return the size of a fit of one thread on so many rows of a table, seen in some way.

        Nothing is made to know it: the features are counted from the schema.
        """
        grids = sum(own.book.width for own in schema.grids if reads(view, own.book.plane))
        return cls(rows, width_of(schema, n_outputs, view), n_outputs, 1, grid_values=grids)

    @property
    def cells(self) -> int:
        """The values of its training rows."""
        return int(self.rows * (self.features + self.grams + self.grid_values))


def link_of(task: str) -> str:
    """Return the link that turns a task's scores into predictions."""
    return {"binary": "sigmoid", "multiclass": "softmax", "regression": "identity"}[task]


def tables_op(tables: Sequence[NDArray[np.float64]], bias: NDArray[np.float64]) -> Op:
    """Return the op that adds, for each feature, the row of its code in its table, (codes, V), and
    the bias, float64 (V,): the score of an additive model.
    """
    arrays: dict[str, NDArray[Any]] = {
        "feature": np.arange(len(tables), dtype=np.uint16),
        "offsets": np.cumsum([0, *(len(t) for t in tables)], dtype=np.int64),
        "table": np.concatenate([np.zeros((0, len(bias))), *tables]).astype(np.float32),
        "bias": bias,
    }
    return Op("tables", ("X",), SCORE, arrays)


def load_library(library: str) -> None:
    """Import a training library, once; its BLAS has one thread where fits share the processors.

    GNU's OpenMP is asked to let waiting threads spin for a short while only, unless the user has
    said otherwise. By default they spin long, and where another process uses the same cores two
    threads of LightGBM take 78 times as long as one, 6 times with the count below; on idle cores
    the count costs nothing (`GOMP_SPINCOUNT=10000 python -m benchmarks.scaling.threads --busy`,
    30,000 rows, two cores).
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    new = library not in sys.modules
    import_module(library)  # waits where another thread is at it
    if new:
        limit_new_libraries()
