"""The model file: a zip of JSON and arrays, and nothing that is executed.

    manifest.json   format number, and the size and SHA-256 of each other part
    model.json      schema, ops, labels, card; arrays are named by number
    arrays.bin      the arrays one after another, little-endian; model.json says where and how

History of the format, all of which can be read:

    1   arrays as they lie in memory, C order
    2   arrays may be laid out by planes of bytes or by differences (`layout.py`), and trees may
        have a shape of two bits a node instead of pointers (`preorder.py`); labels that JSON has
        no word for are objects that name their type (`runtime/labels.py`)
    3   members have a list of their own, each with its configuration and its place in the program
        (`members.py`); the card told of them before. Rows that explanations compare others with
        are there where they are kept (`background.py`); earlier versions read past them
    4   a model may read arrays instead of a table (`arrays.py`); a decision may say which class is
        predicted of probabilities (`runtime/decision.py`), and intervals how far off numbers are
        (`runtime/intervals.py`)

A file says the least format that has what is in it, so that earlier versions read what they can.
"""

from __future__ import annotations

import json
from pathlib import Path

from pliant.artifact.arrays import KIND, arrays_from_json
from pliant.artifact.codec import ArrayReader, ArrayWriter, model_from_json, model_to_json
from pliant.artifact.container import MISFITS, dumps, read_parts, write_parts
from pliant.core.errors import ModelFileError
from pliant.core.temporary import temporary_folder
from pliant.runtime.arrays import ArrayModel
from pliant.runtime.model import Predictor

FORMAT = 4
"""The latest format."""

SUFFIX = ".pliant"
_PARTS = ("model.json", "arrays.bin")


def save(model: Predictor, path: str | Path) -> None:
    """Write a model file, whole or not at all: beside its place first, then renamed.

    Raises
    ------
    SaveError
        When the file cannot be written, for instance because the disk is full.
    """
    arrays = ArrayWriter()
    described = dumps(model_to_json(model, arrays))
    parts = {"model.json": described, "arrays.bin": arrays.bytes()}
    write_parts(Path(path), format_of(model), parts)


def format_of(model: Predictor) -> int:
    """Return the least format that has what is in a model of tables."""
    return 3 if model.decision is None and model.intervals is None else 4


def size_of(model: Predictor) -> int:
    """Return how many bytes the file of a model has."""
    with temporary_folder() as folder:
        path = folder / f"model{SUFFIX}"
        save(model, path)
        return path.stat().st_size


def load(path: str | Path) -> Predictor:
    """Return the model of a file, its every part checked; nothing in it is executed.

    Raises
    ------
    ModelFileError
        When the file is absent, truncated, altered, too large, or of a later format, or its model
        reads arrays instead of a table.
    """
    found = load_any(path)
    if isinstance(found, ArrayModel):
        raise ModelFileError(
            f"expected the model of a table, but the one in {path} reads arrays: "
            "pliant.load returns it"
        )
    return found


def load_any(path: str | Path) -> Predictor | ArrayModel:
    """Return the model of a file, of whichever sort; else as `load`."""
    described, arrays = read_parts(path, FORMAT, _PARTS, "model")
    try:
        plain = json.loads(described)
        read = arrays_from_json if plain.get("kind") == KIND else model_from_json
        return read(plain, ArrayReader(arrays))
    except MISFITS as error:
        text = error if isinstance(error, ModelFileError) else f"{type(error).__name__} {error}"
        raise ModelFileError(f"{path}: the model inside does not hold together ({text})") from None
