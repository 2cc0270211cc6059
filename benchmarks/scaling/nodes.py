"""A store that no node holds: trained by one node of a Ray cluster, by two, and with one killed.

    python -m benchmarks.scaling.nodes [--rows 5000000] [--columns 20] [--memory 600MB]
        [--folder .bench/nodes]

The nodes are processes of this machine with a processor each, whose fits may take `--memory`. The
store, of numbers that are made up, is kept in the folder. Prints, for each way, the seconds of the
whole fit, the AUC on rows that were not seen, and what the model's card says of the nodes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pliant.automl.fit import fit
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.core.memory import parse_bytes
from pliant.data.store.packing import pack
from pliant.data.store.store import Store, open_store
from pliant.ensemble.incremental.sample import StoreRows
from pliant.metrics import roc_auc
from pliant.training.context import FitContext
from pliant.training.fit_spec import FitSpec
from pliant.training.progress import Progress

TEST_ROWS, BATCH_ROWS, KILLED_AT = 200_000, 250_000, 3


def main() -> None:
    """Make the store where it is not there, and fit it in each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--memory", default="600MB")
    parser.add_argument("--folder", type=Path, default=Path(".bench/nodes"))
    options = parser.parse_args()
    store = made(options.folder, options.rows, options.columns)
    test = _table(TEST_ROWS, options.columns, 10**6)
    memory = parse_bytes(options.memory)
    print(f"{store}: {len(store) * options.columns:,} values", flush=True)
    for name, nodes, killed in (("one", 1, False), ("two", 2, False), ("one killed", 2, True)):
        seconds, model = fitted(store, nodes, memory, killed)
        facts = model.card.facts
        said = {key: facts[key] for key in ("blocks", "nodes", "nodes lost") if key in facts}
        score = roc_auc(test["y"], model.raw({k: v for k, v in test.items() if k != "y"}), None)
        sent = facts.get("bytes between nodes", 0)
        print(f"{name}: {seconds:.1f} s, AUC {score:.4f}, {said}, {sent / 1e6:,.0f} MB", flush=True)


def made(folder: Path, n_rows: int, n_columns: int) -> Store:
    """Return a store of so many rows, packed from a Parquet file that is removed then."""
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / f"{n_rows}x{n_columns}.codes"
    if path.exists():
        return open_store(path)
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "rows.parquet"
    batches = (_table(rows, n_columns, i) for i, rows in enumerate(_batches(n_rows)))
    first = pa.table(next(batches))
    with parquet.ParquetWriter(source, first.schema) as writer:
        writer.write_table(first)
        for batch in batches:
            writer.write_table(pa.table(batch))
    store = pack(source, target="y", output=path)
    source.unlink()
    return store


def _batches(n_rows: int) -> Iterator[int]:
    for start in range(0, n_rows, BATCH_ROWS):
        yield min(BATCH_ROWS, n_rows - start)


def _table(n_rows: int, n_columns: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_columns)).astype(np.float32)
    signal = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.5 * X[:, 3]
    y = (signal + rng.normal(size=n_rows) > 0).astype(np.int64)
    return {f"x{j}": X[:, j] for j in range(n_columns)} | {"y": y}


def fitted(store: Store, nodes: int, memory: int, killed: bool) -> tuple[float, Any]:
    """Return the seconds of a fit on a cluster of so many nodes, and its model."""
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    made = [cluster.add_node(num_cpus=1, memory=memory) for _ in range(nodes)]
    change = _killing(cluster, made[0], memory) if killed else (lambda told: None)
    try:
        ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
        spec = FitSpec(Budget(None, 1), models=["lightgbm"], resources=Resources(None, "ray"))
        start = time.perf_counter()
        result = fit(StoreRows(store), spec, FitContext(Deadline(None), tell=change))
        return time.perf_counter() - start, result.model
    finally:
        ray.shutdown()
        cluster.shutdown()


def _killing(cluster: Any, node: Any, memory: int) -> Callable[[Progress], None]:
    """Return what hears of the progress, and replaces a node at some checkpoint."""
    told = list[str]()

    def hear(now: Progress) -> None:
        if " nodes" in now.running:
            told.append(now.running)
            if len(told) == KILLED_AT:
                cluster.remove_node(node)
                cluster.add_node(num_cpus=1, memory=memory)

    return hear


if __name__ == "__main__":
    main()
