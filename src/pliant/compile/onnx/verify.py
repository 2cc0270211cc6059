"""Whether ONNX Runtime, where it is installed, computes what the model does, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.compile.export import require
from pliant.compile.onnx.document import said_labels
from pliant.compile.onnx.probe import feeds_of, probing
from pliant.core.errors import ExportError
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame
from pliant.runtime.synthetic import made_up, rows_of

TOLERANCE = 1e-6
"""How far a probability may be off, or a number, as a part of the greatest one predicted."""

PROBES = 4_000
"""Rows that are compared; a column of 254 edges has 771 values that are worth it."""

_AT_ONCE = 500
"""Rows that are run at once: of nearest neighbours all distances are in memory, 100 MB of them."""

_TIMED, _WARM_UP, _ERRORS_ONLY = 200, 20, 3


@dataclass(frozen=True)
class Verified:
    """What was compared: rows, the largest difference, and the median seconds of one row.

    ONNX Runtime's row is a dict of arrays (1, 1), the model's a dict of plain values.
    """

    rows: int
    difference: float
    onnx_seconds: float
    model_seconds: float


def verify(document: bytes, model: Predictor) -> Verified | None:
    """Return how a document compares with its model, None where ONNX Runtime is not installed.

    Raises
    ------
    ExportError
        When a row differs by more than `TOLERANCE`, or in its label.
    MissingLibraryError
        When ONNX Runtime is installed in a version that computes something else.
    """
    if find_spec("onnxruntime") is None:
        return None
    require("onnxruntime", (1, 24))
    run = session_of(document)
    frame = probing(model.schema, PROBES)
    starts = range(0, PROBES, _AT_ONCE)
    pieces = [frame.take(np.arange(a, min(a + _AT_ONCE, PROBES))) for a in starts]
    outputs = zip(*(run(feeds_of(model.schema, piece)) for piece in pieces), strict=True)
    difference, differ = compare(model, frame, [np.concatenate(parts) for parts in outputs])
    if differ:
        raise ExportError(
            f"expected ONNX Runtime to predict what the model does, within {TOLERANCE}, "
            f"but {differ} of {PROBES} made-up rows differ, by {difference:.3g} at most"
        )
    usual = made_up(model.schema, _TIMED)
    few = [usual.take(np.array([row])) for row in range(_TIMED)]
    onnx = _median(run, [feeds_of(model.schema, row) for row in few])
    return Verified(PROBES, difference, onnx, _median(model.raw, list(rows_of(usual, _TIMED))))


def session_of(document: bytes) -> Callable[[dict[str, NDArray[Any]]], list[NDArray[Any]]]:
    """Return what runs a document in ONNX Runtime, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(document, options, providers=providers)

    def run(feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        outputs: list[NDArray[Any]] = session.run(None, feeds)
        return outputs

    return run


def compare(model: Predictor, frame: Frame, outputs: Sequence[NDArray[Any]]) -> tuple[float, int]:
    """Return the largest difference of a document's outputs, and how many rows are not equal.

    A label may be another where two probabilities, or expected costs, are as near to each other as
    the tolerance.
    """
    if not model.classes:
        wanted = model.predict(frame)
        scale = np.abs(wanted).max(initial=np.finfo(np.float64).tiny)
        off = np.abs(outputs[0][:, 0] - wanted) / scale
        return float(off.max(initial=0.0)), int((~(off <= TOLERANCE)).sum())
    label, got = outputs
    wanted = model.predict_proba(frame)
    off = np.abs(got - wanted).max(axis=1)
    ranked, scale = np.sort(wanted, axis=1), 1.0
    if model.decision is not None:
        scale = float(np.max(model.decision.costs))
        ranked = np.sort(-model.decision.expected(wanted), axis=1)
    close = ranked[:, -1] - ranked[:, -2] <= 2 * TOLERANCE * scale
    other = (label != said_labels(model)[model.picked(frame)]) & ~close
    return float(off.max(initial=0.0)), int((~(off <= TOLERANCE) | other).sum())


def _median(work: Callable[[Any], object], data: Sequence[Any]) -> float:
    seconds = []
    for item in [*data[:_WARM_UP], *data]:
        start = time.perf_counter()
        work(item)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[_WARM_UP:]))
