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
"""

from __future__ import annotations

import json
from pathlib import Path

from pliant.artifact.codec import ArrayReader, ArrayWriter, model_from_json, model_to_json
from pliant.artifact.container import MISFITS, dumps, read_parts, write_parts
from pliant.core.errors import ModelFileError
from pliant.core.temporary import temporary_folder
from pliant.runtime.model import Predictor

FORMAT = 3
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
    write_parts(Path(path), FORMAT, {"model.json": described, "arrays.bin": arrays.bytes()})


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
        When the file is absent, truncated, altered, too large, or of a later format.
    """
    described, arrays = read_parts(path, FORMAT, _PARTS, "model")
    try:
        return model_from_json(json.loads(described), ArrayReader(arrays))
    except MISFITS as error:
        text = error if isinstance(error, ModelFileError) else f"{type(error).__name__} {error}"
        raise ModelFileError(f"{path}: the model inside does not hold together ({text})") from None
