"""Export: a model in a format that others read, checked before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pliant.core.atomic import replacing
from pliant.core.errors import ConfigError, MissingLibraryError
from pliant.runtime.model import Predictor

if TYPE_CHECKING:
    from pliant.compile.onnx.verify import Verified

FORMATS = ("onnx",)
"""What a model can be exported to; each is also the suffix of its files."""


@dataclass(frozen=True)
class Value:
    """An input or output of an exported model: its name, its type, and what its values mean."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Exported:
    """An exported model: `size` in bytes, `opset` of ai.onnx and `ml_opset` of ai.onnx.ml.

    `verified` is None when ONNX Runtime, which would have judged, is not installed.
    """

    path: Path
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    opset: int
    ml_opset: int
    size: int
    verified: Verified | None


def export(model: Any, path: str | Path, to: str = "onnx") -> Exported:
    """Write a model in another format, whole or not at all.

    ONNX holds the whole model: raw columns in, an input of shape (n, 1) each, predictions out. It
    is checked by ONNX's rules, and where ONNX Runtime is installed it predicts made-up rows, edges
    of bins, missing and unseen values among them, which must be within 1e-6 of the model's own.

    Parameters
    ----------
    model : Model, or a fitted Classifier or Regressor
    path : str or Path
        The file to write; it ends in the format's name, ".onnx".
    to : str, default "onnx"
        The format.

    Raises
    ------
    ConfigError
        When the format is unknown, or the path has another suffix.
    ExportError
        When ONNX cannot say what the model does, such as n-grams of text, or does not compute it.
    MissingLibraryError
        When onnx is not installed.
    SaveError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile, pliant
    >>> folder = tempfile.TemporaryDirectory()
    >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
    >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels)
    >>> done = pliant.export(model, f"{folder.name}/rich.onnx")
    >>> [value.name for value in done.outputs]
    ['label', 'probabilities']
    >>> folder.cleanup()
    """
    path = Path(path)
    if to not in FORMATS:
        raise ConfigError(f"expected to export to {', '.join(FORMATS)}, got {to!r}")
    if path.suffix.lower() != f".{to}":
        raise ConfigError(f"expected a file that ends in .{to}, got {path.name!r}")
    require("onnx", (1, 19))
    fitted = getattr(model, "model_", model)  # of an estimator
    fitted = getattr(fitted, "predictor", fitted)
    if not isinstance(fitted, Predictor):
        raise ConfigError(
            f"expected a model, or a fitted estimator, got {type(model).__name__} as the model"
        )
    return _export_onnx(fitted, path)


def require(library: str, least: tuple[int, int]) -> None:
    """Raise MissingLibraryError when a library is not installed, or is of an earlier version."""
    try:
        found = str(import_module(library).__version__)
    except ImportError:
        found = "none"
    numbers = [int(part) for part in found.split(".")[:2] if part.isdigit()]
    if tuple(numbers) < least:
        wanted = ".".join(map(str, least))
        raise MissingLibraryError(
            f"the export to ONNX needs {library} {wanted} or later, but there is {found}: "
            f'pip install "pliant[onnx]"'
        )


def _export_onnx(model: Predictor, path: Path) -> Exported:
    from pliant.compile.onnx import document as onnx

    document = onnx.to_document(model)
    data = document.SerializeToString()
    from pliant.compile.onnx.verify import verify

    verified = verify(data, model)
    with replacing(path) as file:
        file.write(data)
    inputs, outputs = onnx.values_of(document)
    return Exported(path, inputs, outputs, onnx.OPSET, onnx.ML_OPSET, len(data), verified)
