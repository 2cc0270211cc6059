"""The data sets: a folder of tables, or scikit-learn's own so that anyone can run this."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from protocol import BINARY, MULTICLASS, REGRESSION, Table

if TYPE_CHECKING:
    import pandas as pd

BUILT_IN = {
    "breast_cancer": BINARY,
    "diabetes": REGRESSION,
    "digits": MULTICLASS,
    "wine": MULTICLASS,
}


def names(folder: str | None) -> list[str]:
    """Name every data set there is."""
    if folder is None:
        return sorted(BUILT_IN)
    return sorted(path.parent.name for path in Path(folder).glob("*/task.txt"))


def read(name: str, folder: str | None) -> tuple[Table, pd.DataFrame]:
    """Read the training table and the held-out rows, target included."""
    if folder is None:
        return _read_built_in(name)
    return _read_folder(Path(folder) / name)


def _read_folder(folder: Path) -> tuple[Table, pd.DataFrame]:
    """Read `train.parquet`, `test.parquet` and `task.txt` (target, white space, task)."""
    import pandas as pd

    target, task = (folder / "task.txt").read_text().split()
    train, test = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    if task != REGRESSION:
        train, test = _whole_labels(train, target), _whole_labels(test, target)
    return Table(train, target, task), test


def _whole_labels(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """Labels such as 1.0 become 1, so that every system names a class alike."""
    if frame[target].dtype.kind == "f":
        return frame.astype({target: "int64"})
    return frame


def _read_built_in(name: str) -> tuple[Table, pd.DataFrame]:
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    task = BUILT_IN[name]
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    strata = None if task == REGRESSION else frame["target"]
    train, test = train_test_split(frame, test_size=0.2, random_state=0, stratify=strata)
    return Table(train.reset_index(drop=True), "target", task), test.reset_index(drop=True)
