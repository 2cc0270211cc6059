"""From a file to a model."""

from __future__ import annotations

from pathlib import Path

from pliant import artifact
from pliant.automl.model import Model
from pliant.runtime.arrays import ArrayModel
from pliant.runtime.model import Predictor


def load(path: str | Path) -> Model | ArrayModel:
    """Return the model of a file, its every part checked; nothing in it is executed.

    It predicts with NumPy alone: no training library is imported. Of a table it is a `Model`; of
    arrays, which a tuned network reads, a `runtime.arrays.ArrayModel`, whose program may need ONNX
    Runtime.

    Raises
    ------
    ModelFileError
        When the file is absent, truncated, altered, too large, or of a later format.

    Examples
    --------
    >>> import tempfile, pliant
    >>> folder = tempfile.TemporaryDirectory()
    >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
    >>> fitted = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels)
    >>> fitted.save(f"{folder.name}/rich.pliant")
    >>> model = pliant.load(f"{folder.name}/rich.pliant")
    >>> model.predict({"age": 65}).tolist()
    ['yes']
    >>> folder.cleanup()
    """
    found = artifact.load_any(path)
    return found if isinstance(found, ArrayModel) else _of_table(found, path)


def load_table(path: str | Path) -> Model:
    """Return the model of a table from a file; else as `load`.

    Raises
    ------
    ModelFileError
        When it reads arrays, too.
    """
    return _of_table(artifact.load(path), path)


def _of_table(found: Predictor, path: str | Path) -> Model:
    return Model(found, size=Path(path).stat().st_size)
