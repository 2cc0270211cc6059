"""What packing saves and costs: k, scores on codes, speed, memory, and what its constants rest on.

    python -m benchmarks.stores.packing ratios --data DIR    # k and bytes at rest of every table
    python -m benchmarks.stores.packing scores --data DIR    # of test files, on floats and codes
    python -m benchmarks.stores.packing speed --table DIR/california_housing    # 10^5 to 10^8
    python -m benchmarks.stores.packing memory --table DIR/covtype_20k    # of a 2 GB source
    python -m benchmarks.stores.packing quantiles    # a sample of rows against a KLL sketch
    python -m benchmarks.stores.packing levels --table DIR/covtype_20k    # of zstd

DIR is a folder of tables as `benchmarks/README.md` describes it. Each line goes to `--out`,
`benchmarks/results/packing.jsonl` by default; `packing_page.py` puts them into `docs/data.md`.
Speed and memory are those of a process of its own that is held to one core.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import RESULTS, ROOT
from benchmarks.common import data as tables
from benchmarks.common import machine, resample
from benchmarks.common.protocol import REGRESSION

Line = dict[str, Any]
SIZES = (10**5, 10**6, 10**7, 10**8)
BIG = 2 * 10**9
MAX_TRAINED = 30_000


def main() -> None:
    """Measure one part and write its lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=[*PARTS, "one"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--source", help=argparse.SUPPRESS)
    parser.add_argument("--target", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=RESULTS / "packing.jsonl")
    options = parser.parse_args()
    if options.part == "one":
        print(json.dumps(pack_here(options.source, options.target)))
        return
    from pliant import __version__

    known = {"machine": machine.describe(), "version": __version__, "date": time.strftime("%F")}
    lines = [x for x in _read(options.out) if x["part"] != options.part]
    for line in PARTS[options.part](options):
        print(json.dumps(line), flush=True)
        lines.append({"part": options.part, **line, **known})
    options.out.write_text("".join(json.dumps(line) + "\n" for line in lines))


def _read(path: Path) -> list[Line]:
    return [json.loads(x) for x in path.read_text().splitlines()] if path.exists() else []


def ratios(options: argparse.Namespace) -> Iterator[Line]:
    """Give the bytes of every table, before and after, and of the same table as zstd Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    import pliant

    for name in tables.names(options.data):
        table, _ = tables.read(options.data / name)
        with tempfile.TemporaryDirectory() as folder:
            output, beside = Path(folder) / "x.codes", Path(folder) / "x.parquet"
            store = pliant.pack(table.frame, target=table.target, output=output)
            whole = sum(path.stat().st_size for path in output.iterdir())
            arrow = pa.Table.from_pandas(table.frame, preserve_index=False)
            parquet.write_table(arrow, beside, compression="zstd")
            sizes = store.sizes
            yield {
                "table": name,
                "rows": len(store),
                "columns": arrow.num_columns,
                "raw": sizes.raw,
                "arrow": arrow.nbytes,
                "codes": sizes.codes,
                "rest": sizes.rest,
                "folder": whole,
                "parquet": beside.stat().st_size,
            }


def scores(options: argparse.Namespace) -> Iterator[Line]:
    """Give held-out scores of the same boosted trees, on raw floats and on codes."""
    for name in tables.names(options.data):
        table, test = tables.read(options.data / name)
        for seed in range(3):
            raw, codes, metric = _two_scores(table, test, seed)
            yield {"table": name, "seed": seed, "metric": metric, "raw": raw, "codes": codes}


def _two_scores(table: Any, test: Any, seed: int) -> tuple[float, float, str]:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

    from pliant.data.table import learn_schema
    from pliant.runtime.intake import to_frame

    y, y_test = table.frame[table.target], test[table.target]
    frame, new = to_frame(table.frame.drop(columns=table.target)), to_frame(test)
    schema = learn_schema(frame)
    regression = table.task == REGRESSION
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    found = []
    for view in (_raw_values, _code_values):
        X, X_test = view(schema, frame), view(schema, new)
        model = kind(random_state=seed, early_stopping=False, max_iter=100, max_bins=255)
        rows = np.random.default_rng(seed).permutation(len(X))  # the seeds differ in the sample
        kept = np.sort(rows[: min(int(0.9 * len(X)), MAX_TRAINED)])
        model.fit(X[kept], y.iloc[kept])
        if regression:
            found.append(float(root_mean_squared_error(y_test, model.predict(X_test))))
        elif len(model.classes_) == 2:
            p = model.predict_proba(X_test)[:, 1]
            found.append(float(roc_auc_score(y_test == model.classes_[1], p)))
        else:
            p = model.predict_proba(X_test)
            found.append(float(log_loss(y_test, p, labels=model.classes_)))
    metric = "rmse" if regression else ("auc" if y.nunique() == 2 else "log loss")
    return found[0], found[1], metric


def _raw_values(schema: Any, frame: Any) -> Any:
    """Return float64 values as they came; categories, which are no floats, as dictionary ids."""
    import numpy as np

    from pliant.runtime.conversions import numbers_of
    from pliant.runtime.times import calendar_parts, times_of

    coded = schema.encode(frame)
    parts = []
    for column in schema.used:
        if column.kind == "number":
            parts.append(numbers_of(frame[column.name]))
        elif column.kind == "time":
            book = column.codebook
            found = calendar_parts(times_of(frame[column.name], book.format))
            parts += [found[part] for part in book.parts]
    return np.column_stack([*parts, *coded.ids.T.astype(float)])


def _code_values(schema: Any, frame: Any) -> Any:
    """Return the same columns as codes, NaN where missing."""
    import numpy as np

    coded = schema.encode(frame)
    codes = np.where(coded.codes == 0, np.nan, coded.codes.astype(float))
    return np.column_stack([codes, coded.ids.astype(float)])


def speed(options: argparse.Namespace) -> Iterator[Line]:
    """Give seconds and bytes of packing resampled tables, Parquet and CSV."""
    table, target, task = resample.read(options.table)
    shape = resample.Shape(target, task)
    for format_ in resample.FORMATS:
        for values in SIZES:
            if format_ == "csv" and values == SIZES[-1]:
                continue
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "source"
                resample.write(table, shape, values // table.num_columns, source, 1, format_)
                size = sum(path.stat().st_size for path in source.iterdir())
                found = _apart(f"{source}/*", target)
            yield {"format": format_, "values": values, "bytes": size, **found}


def memory(options: argparse.Namespace) -> Iterator[Line]:
    """Give the peak of packing a source of 2 GB as Arrow in memory."""
    table, target, task = resample.read(options.table)
    rows = int(BIG / (table.nbytes / len(table)))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        resample.write(table, resample.Shape(target, task), rows, source, 4, "parquet")
        size = sum(path.stat().st_size for path in source.iterdir())
        yield {"bytes": size, "rows": rows, **_apart(f"{source}/*", target)}


def _apart(source: str, target: str) -> Line:
    """Pack in a process of its own, held to one core."""
    command = [sys.executable, "-m", "benchmarks.stores.packing", "one", "--source", source]
    command += ["--target", target]
    threads = {**os.environ, "OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
    done = subprocess.run(
        command, env=threads, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return dict(json.loads(done.stdout))


def pack_here(source: str, target: str) -> Line:
    """Pack and return seconds, bytes and the peak of resident memory."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import pliant

    with tempfile.TemporaryDirectory() as folder:  # what is imported on the way is imported now
        small = Path(folder) / "small.csv"
        small.write_text("a,y\n" + "1,0\n2,1\n" * 10)
        pliant.pack(small, target="y", output=Path(folder) / "x.codes")
    with tempfile.TemporaryDirectory() as folder:
        start, busy = time.perf_counter(), time.process_time()
        store = pliant.pack(source, target=target, output=Path(folder) / "x.codes")
        seconds, cpu = time.perf_counter() - start, time.process_time() - busy
        sizes = store.sizes
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "raw": sizes.raw,
        "arrow": sizes.arrow,
        "codes": sizes.codes,
        "rest": sizes.rest,
        "peak": _peak(),
    }


def _peak() -> int:
    """Return the most bytes that this process has held; `ru_maxrss` would have its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(x.split()[1]) * 1024 for x in lines if x.startswith("VmHWM:"))


def quantiles(options: argparse.Namespace) -> Iterator[Line]:
    """Give the error and cost of 254 quantiles: of a sample of rows, and of a KLL sketch."""
    import datasketches
    import numpy as np

    from pliant.data.store.sample import RowSample
    from pliant.runtime.raw import Frame, Numbers

    values = np.random.default_rng(0).lognormal(size=5_000_000)
    shares = np.arange(1, 255) / 255
    ordered = np.sort(values)

    def line(method: str, edges: Any, seconds: float) -> Line:
        error = np.abs(np.searchsorted(ordered, edges) / len(ordered) - shares).max()
        return {"method": method, "largest_rank_error": float(error), "ns_a_value": seconds}

    for rows in (100_000,):
        start, sample = time.process_time(), RowSample(rows, 0)
        for first in range(0, len(values), 131_072):
            part = values[first : first + 131_072]
            sample.add(Frame({"x": Numbers(part)}, len(part)), first)
        found = sample.frame()["x"]
        assert isinstance(found, Numbers)
        edges = np.quantile(found.values, shares)
        seconds = time.process_time() - start
        yield line(f"sample of {rows:,} rows", edges, 1e9 * seconds / len(values))
    for size in (200, 800, 3200):
        start, sketch = time.process_time(), datasketches.kll_doubles_sketch(size)
        sketch.update(values)
        edges = np.array(sketch.get_quantiles(list(shares)))
        seconds = time.process_time() - start
        yield line(f"KLL sketch, k = {size}", edges, 1e9 * seconds / len(values))


def levels(options: argparse.Namespace) -> Iterator[Line]:
    """Give the bytes at rest and the speed of zstd's levels on the codes of a table."""
    import pyarrow as pa

    import pliant

    table, target, task = resample.read(options.table)
    big = pa.concat_tables(resample.resampled(table, resample.Shape(target, task), 200_000))
    with tempfile.TemporaryDirectory() as folder:
        store = pliant.pack(big, target=target, output=Path(folder) / "x.codes")
        columns = store.shard(0).coded.codes.T.copy()
    for level in (1, 3, 6, 9, 12):
        codec = pa.Codec("zstd", compression_level=level)
        start = time.process_time()
        size = sum(len(codec.compress(column, asbytes=True)) for column in columns)
        seconds = time.process_time() - start
        yield {
            "level": level,
            "ratio": columns.nbytes / size,
            "mb_per_second": columns.nbytes / 1e6 / seconds,
        }


PARTS = {
    "ratios": ratios,
    "scores": scores,
    "speed": speed,
    "memory": memory,
    "quantiles": quantiles,
    "levels": levels,
}

if __name__ == "__main__":
    main()
