"""The child process of a run: fit, load again, score, time. Prints a JSON line a step.

What goes wrong is not caught: the runner records the end of the traceback.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from benchmarks.common import data
from benchmarks.common.protocol import BINARY, METRICS, REGRESSION, SYSTEMS, Job, Loaded, Table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

WARM_UP_CALLS = 10
CALLS = 200
CALLS_SECONDS = 10.0
REPEAT_BATCH_BELOW_SECONDS = 10.0


def main() -> None:
    """Do the job named by the one argument, a JSON object."""
    job = Job(**json.loads(sys.argv[1]))
    out = _own_standard_output()
    system = import_module(f"benchmarks.board.systems.{job.system}")
    table, test = data.read(Path(job.data) / job.dataset)
    _say(out, **_about(job, table, test))

    start = time.perf_counter()
    system.fit(table, job)
    _say(out, fit_seconds=time.perf_counter() - start, model_bytes=_size(job.model))

    loaded = system.load(table.task, job)
    features = test.drop(columns=table.target)
    start = time.perf_counter()
    predicted = loaded.predict(features)
    seconds = time.perf_counter() - start
    _say(out, score=_score(predicted, table, test[table.target], loaded.classes))
    _say(out, rows_per_second=_rows_per_second(loaded, features, seconds))
    _say(out, **_latency(loaded, features))


def _own_standard_output() -> TextIO:
    """Keep standard output for the result; what libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return out


def _say(out: TextIO, **facts: Any) -> None:
    print(json.dumps(facts), file=out, flush=True)


def _about(job: Job, table: Table, test: pd.DataFrame) -> dict[str, Any]:
    return {
        "task": table.task,
        "metric": METRICS[table.task],
        "train_rows": len(table.frame),
        "test_rows": len(test),
        "columns": table.frame.shape[1] - 1,
        "version": version(SYSTEMS[job.system].distribution),
        "python": ".".join(map(str, sys.version_info[:3])),
        "baseline_bytes": _resident(),
    }


def _resident() -> int | None:
    """Return the resident memory of this process: what the data and the readers take."""
    path = Path("/proc/self/statm")
    if not path.exists():
        return None
    return int(path.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _score(predicted: np.ndarray, table: Table, truth: pd.Series, classes: Any) -> float:
    """Score predictions on the held-out rows: AUC, log loss or RMSE."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    predicted = np.asarray(predicted, dtype=np.float64)
    if not np.isfinite(predicted).all():
        raise ValueError("predictions are not all finite")
    if table.task == REGRESSION:
        return float(np.sqrt(np.mean((predicted.ravel() - truth.to_numpy(np.float64)) ** 2)))
    labels = sorted(table.y.unique().tolist())
    columns = [str(label) for label in classes]
    p = predicted[:, [columns.index(str(label)) for label in labels]]
    if table.task == BINARY:
        return float(roc_auc_score((truth == labels[1]).to_numpy(), p[:, 1]))
    p = np.clip(p / p.sum(axis=1, keepdims=True), 1e-15, 1.0)
    place = {label: i for i, label in enumerate(labels)}
    own = p[np.arange(len(p)), [place[label] for label in truth.tolist()]]
    return float(-np.log(own).mean())


def _rows_per_second(loaded: Loaded, features: pd.DataFrame, first_seconds: float) -> float:
    """Time a second, warm pass over the held-out rows, unless the first was very slow."""
    if first_seconds >= REPEAT_BATCH_BELOW_SECONDS:
        return len(features) / first_seconds
    start = time.perf_counter()
    loaded.predict(features)
    return len(features) / (time.perf_counter() - start)


def _latency(loaded: Loaded, features: pd.DataFrame) -> dict[str, float]:
    """Time single rows, each a dict or a one-row frame, whichever the system takes."""
    import numpy as np

    some = features.iloc[:CALLS]
    rows: list[Any] = [some.iloc[[i]] for i in range(len(some))]
    call: Any = loaded.predict
    if loaded.predict_row is not None:
        rows, call = some.to_dict("records"), loaded.predict_row
    end = time.perf_counter() + CALLS_SECONDS
    seconds: list[float] = []
    for row in islice(cycle(rows), WARM_UP_CALLS + CALLS):
        start = time.perf_counter()
        call(row)
        seconds.append(time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    warm = seconds[min(WARM_UP_CALLS, len(seconds) - 1) :]
    p50, p99 = np.percentile(warm, [50, 99]) * 1000
    return {"p50_ms": float(p50), "p99_ms": float(p99), "calls": len(warm)}


if __name__ == "__main__":
    main()
