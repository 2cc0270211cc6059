"""Reading a folder of tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common.protocol import REGRESSION, Table

if TYPE_CHECKING:
    import pandas as pd


def names(folder: Path) -> list[str]:
    """Name every data set there is."""
    return sorted(path.parent.name for path in folder.glob("*/task.txt"))


def read(folder: Path) -> tuple[Table, pd.DataFrame]:
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
