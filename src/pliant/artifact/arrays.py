"""The file of a model of arrays: the container and the arrays of the model file, format 4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pliant.artifact.codec import ArrayReader, ArrayWriter, op_from_json, op_to_json
from pliant.artifact.container import dumps, write_parts
from pliant.core.errors import ModelFileError
from pliant.runtime.arrays import ArrayInput, ArrayModel
from pliant.runtime.labels import label_from_json, label_to_json

KIND, NUMBER = "arrays", 4
"""What `model.json` says that it is, and the first format that has it."""


def save_arrays(model: ArrayModel, path: str | Path) -> None:
    """Write a model of arrays, whole or not at all.

    Raises
    ------
    SaveError
        When the file cannot be written, for instance because the disk is full.
    """
    arrays = ArrayWriter()
    described = {
        "kind": KIND,
        "inputs": [[one.name, list(one.shape), one.dtype] for one in model.inputs],
        "ops": [op_to_json(op, arrays) for op in model.ops],
        "classes": [label_to_json(label) for label in model.classes],
        "card": dict(model.card),
        "arrays": arrays.index,
    }
    write_parts(Path(path), NUMBER, {"model.json": dumps(described), "arrays.bin": arrays.bytes()})


def arrays_from_json(described: dict[str, Any], arrays: ArrayReader) -> ArrayModel:
    """Return the model that plain data describes; what does not fit raises."""
    arrays.index = list(described["arrays"])
    inputs = []
    for name, shape, dtype in described["inputs"]:
        plain = isinstance(name, str) and dtype in ("float32", "int64")
        if not plain or any(type(size) is not int or size < 0 for size in shape):
            raise ModelFileError(f"expected an input, got {name!r} {shape!r} {dtype!r}")
        inputs.append(ArrayInput(name, tuple(shape), dtype))
    ops = [op_from_json(op, arrays) for op in described["ops"]]
    classes = tuple(label_from_json(label) for label in described["classes"])
    return ArrayModel(inputs, ops, classes, dict(described["card"]))
