"""A table of any size that is shaped like a real one: its rows drawn again, with noise.

    python -m benchmarks.common.resample TABLE OUT --bytes 2GB      # OUT/part-00000.parquet, ...
    python -m benchmarks.common.resample TABLE OUT --rows 10000000 --files 4 --format csv

TABLE is a folder with `train.parquet` and `task.txt`, or a Parquet file with `--target`. Each row
is a row of the table, drawn with replacement. A number of more than 30 different values is moved
by a normal step of `--noise` (default 0.1) of its column's standard deviation, kept within the
column's range and rounded to as many decimals as the column has, 6 at most. Another value is drawn
anew from its own column with the chance `--swap` (default 0.02). A class stays that of the row, a
regression's target moves as any number does. So a score means something, and no more rows are
held than those of one batch. The same seed gives the same rows; another gives a test set.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pliant.core.memory import parse_bytes

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 100_000
MANY = 30
FORMATS = ("parquet", "csv")


@dataclass(frozen=True)
class Shape:
    """How values are changed: the target, the size of steps, the chance of a swap, a seed."""

    target: str
    task: str
    noise: float = 0.1
    swap: float = 0.02
    seed: int = 0


def main() -> None:
    """Write the files; print how many rows and bytes they have."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, help="rows to write")
    parser.add_argument("--bytes", help='as Arrow in memory, such as "2GB", instead of --rows')
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--format", choices=FORMATS, default="parquet")
    parser.add_argument("--noise", type=float, default=0.1)
    parser.add_argument("--swap", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    table, target, task = read(options.table)
    shape = Shape(target, task, options.noise, options.swap, options.seed)
    rows = options.rows or int(parse_bytes(options.bytes) / (table.nbytes / len(table)))
    written = write(table, shape, rows, options.out, options.files, options.format)
    print(f"{rows:,} rows, {written:,} bytes as Arrow in memory, in {options.out}")


def read(folder: Path) -> tuple[pa.Table, str, str]:
    """Return the table of a folder, its target and task."""
    from pyarrow import parquet

    target, task = (folder / "task.txt").read_text().split()
    return parquet.read_table(folder / "train.parquet"), target, task


def write(table: pa.Table, shape: Shape, rows: int, out: Path, files: int, format_: str) -> int:
    """Write `rows` rows to `files` files of the folder `out`; return their bytes as Arrow."""
    out.mkdir(parents=True, exist_ok=True)
    total = 0
    for number, count in enumerate(np.diff(np.linspace(0, rows, files + 1).astype(int))):
        path = out / f"part-{number:05}.{format_}"
        batches = resampled(table, shape, int(count), number)
        total += sum(_written(path, table.schema, batches))
    return total


def _written(path: Path, schema: pa.Schema, batches: Iterator[pa.Table]) -> Iterator[int]:
    from pyarrow import csv, parquet

    if path.suffix == ".csv":
        writer = csv.CSVWriter(path, schema)
    else:
        writer = parquet.ParquetWriter(path, schema, compression="zstd")
    with writer:
        for batch in batches:
            writer.write_table(batch)
            yield batch.nbytes


def resampled(table: pa.Table, shape: Shape, rows: int, part: int = 0) -> Iterator[pa.Table]:
    """Give tables of at most `BATCH_ROWS` rows, `rows` in all; `part` is one of several files."""
    import pyarrow as pa

    columns = [_Column.of(table, name, shape) for name in table.column_names]
    rng = np.random.default_rng([shape.seed, part])
    for first in range(0, rows, BATCH_ROWS):
        drawn = rng.integers(0, len(table), min(BATCH_ROWS, rows - first))
        yield pa.Table.from_arrays([c.drawn(drawn, rng) for c in columns], schema=table.schema)


@dataclass(frozen=True)
class _Column:
    """A column of the table, and how far its numbers step; 0 where values are swapped instead."""

    values: pa.Array
    numbers: NDArray[np.float64] | None
    step: float
    decimals: int
    swap: float

    @classmethod
    def of(cls, table: pa.Table, name: str, shape: Shape) -> _Column:
        import pyarrow as pa
        import pyarrow.compute as pc

        values = table.column(name).combine_chunks()
        is_label = name == shape.target and shape.task != "regression"
        swap = 0.0 if is_label else shape.swap
        types = pa.types
        numeric = types.is_integer(values.type) or types.is_floating(values.type)
        if is_label or not numeric or pc.count_distinct(values).as_py() <= MANY:
            return cls(values, None, 0.0, 0, swap)
        numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
        present = numbers[np.isfinite(numbers)]
        decimals = next(
            (d for d in range(6) if np.allclose(present, np.round(present, d), atol=1e-9)), 6
        )
        return cls(values, numbers, shape.noise * float(present.std()), decimals, 0.0)

    def drawn(self, rows: NDArray[np.int64], rng: np.random.Generator) -> pa.Array:
        """Return the values of these rows, changed a little."""
        import pyarrow as pa

        if self.numbers is None:
            swapped = rng.random(len(rows)) < self.swap
            anywhere = rng.integers(0, len(self.values), len(rows))
            return self.values.take(pa.array(np.where(swapped, anywhere, rows)))
        moved = self.numbers[rows] + rng.normal(0, self.step, len(rows))
        within = np.clip(moved, np.nanmin(self.numbers), np.nanmax(self.numbers))
        rounded = pa.array(np.round(within, self.decimals), pa.float64(), from_pandas=True)
        return rounded.cast(self.values.type, safe=False)


if __name__ == "__main__":
    main()
