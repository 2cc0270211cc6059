"""Ray and Dask: the nodes of a cluster train on the shards of a store together, and may die."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from few_folds import FEW
from pliant.automl.fit import fit
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.data.store.packing import PackOptions, pack
from pliant.data.store.shards import ShardSize
from pliant.data.store.store import Store
from pliant.ensemble.incremental.block_size import BlockSize
from pliant.ensemble.incremental.sample import StoreRows
from pliant.ensemble.incremental.sample_size import SampleSize
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.testing import check_together, family_data, small_experiment
from pliant.training.context import FitContext
from pliant.training.engines.dask import DaskEngine
from pliant.training.engines.ray import RayEngine
from pliant.training.fit_spec import FitSpec
from pliant.training.progress import Progress
from pliant.training.records import Candidate

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

ray = pytest.importorskip("ray")
distributed = pytest.importorskip("distributed")

CANDIDATE = Candidate("lightgbm", "default", default_config(FAMILIES["lightgbm"]))

Change = Callable[[], object]


@pytest.fixture
def ray_nodes() -> Iterator[Change]:
    """Give what takes a node of one processor from a cluster of two, and brings another."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]

    def change() -> None:
        cluster.remove_node(nodes[0])
        cluster.add_node(num_cpus=1)

    try:
        ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
        yield change
    finally:
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture
def dask_workers() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        )
    with cluster:
        yield cluster


@pytest.fixture
def store(tmp_path: Path) -> Store:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(24_000, 3))
    answers = rng.random(len(x)) < 1 / (1 + np.exp(-6 * np.sin(4 * x[:, 0]) * x[:, 1] - x[:, 2]))
    columns = {f"x{j}": x[:, j] for j in range(3)} | {"y": answers}
    options = PackOptions(shard=ShardSize(rows=6_000))
    return pack(columns, target="y", output=tmp_path / "rows.codes", options=options)


def facts(store: Store, engine: str, change: Change) -> dict[str, Any]:
    """Return what a model says of a fit during whose third checkpoint something changes."""
    told = list[str]()

    def tell(now: Progress) -> None:
        if ", round " in now.running:
            told.append(now.running)
            if len(told) == 3:
                change()

    rows = StoreRows(store, SampleSize(untimed_cells=4_500, min_rows=1_500), BlockSize(1_000))
    spec = FitSpec(Budget(None, 1), models=["lightgbm"], resources=Resources(None, engine))
    found = fit(rows, replace(spec, folds=FEW), FitContext(Deadline(None), tell=tell))
    return dict(found.model.card.facts)


def check_facts(said: dict[str, Any]) -> None:
    assert said["nodes"] == 2
    assert said["nodes lost"] >= 1
    assert said["bytes between nodes"] > 10**6
    assert said["trained on the sample alone"] == []
    assert said["rows"] > 20_000


def test_ray_trains_together(ray_nodes: Change) -> None:
    with RayEngine() as engine:
        engine.start(small_experiment())
        check_together(engine, CANDIDATE, family_data("binary", 6_000))


def test_dask_trains_together(dask_workers: Any) -> None:
    with DaskEngine(dask_workers.scheduler_address) as engine:
        engine.start(small_experiment())
        check_together(engine, CANDIDATE, family_data("binary", 6_000))


def test_a_ray_node_that_is_lost_is_replaced(store: Store, ray_nodes: Change) -> None:
    check_facts(facts(store, "ray", ray_nodes))


def test_a_dask_worker_that_is_killed_is_replaced(store: Store, dask_workers: Any) -> None:
    worker = next(iter(dask_workers.workers.values()))
    check_facts(
        facts(store, dask_workers.scheduler_address, lambda: os.kill(worker.pid, signal.SIGKILL))
    )
