"""From a file to a model."""

from __future__ import annotations

from pathlib import Path

from pliant import artifact
from pliant.automl.model import Model


def load(path: str | Path) -> Model:
    """Return the model of a file, its every part checked; nothing in it is executed.

    It predicts with NumPy alone: no training library is imported.

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
    return Model(artifact.load(path), size=Path(path).stat().st_size)
