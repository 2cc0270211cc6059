"""Ray and Dask: the same contract, the same model, and nodes that come and go."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from few_folds import FEW
from pliant import Classifier, ClusterError
from pliant.models.additive import AdditiveConfig
from pliant.testing import check_engine, small_experiment
from pliant.training.engines import remote
from pliant.training.engines.base import Engine
from pliant.training.engines.dask import DaskEngine
from pliant.training.engines.ray import RayEngine
from pliant.training.records import Candidate, Job

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

ray = pytest.importorskip("ray")
distributed = pytest.importorskip("distributed")

ENGINES: dict[str, Callable[[], Engine]] = {
    "ray": lambda: RayEngine(None, 2),
    "dask": lambda: DaskEngine(None, 2),
}
SETTINGS: dict[str, Any] = {
    "trials": 6,
    "models": ["additive", "lightgbm", "forest"],
    "random_state": 3,
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with ENGINES[request.param]() as made:
        yield made


def table() -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(3000, 8))
    return X, X[:, 0] + X[:, 1] * X[:, 2] > 0


def fitted(path: Path, **settings: Any) -> bytes:
    Classifier(**SETTINGS, **settings, cv=FEW).fit(*table()).save(path)
    return path.read_bytes()


def test_engine_keeps_the_contract(engine: Engine) -> None:
    assert engine.workers == 2
    check_engine(engine)


@pytest.mark.parametrize("name", ["local", "ray", "dask"])
def test_the_model_is_the_same_byte_for_byte(name: str, tmp_path: Path) -> None:
    here = fitted(tmp_path / "here.pliant", engine="serial", n_jobs=1)
    assert fitted(tmp_path / "there.pliant", engine=name, n_jobs=2) == here


@pytest.mark.parametrize("name", ENGINES)
def test_another_version_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "version", lambda _: "9.9")
    with pytest.raises(ClusterError, match=r"expected Python 3\.\d+ and pliant 9\.9 on every"):
        ENGINES[name]()


def many_jobs() -> list[Job]:
    config = AdditiveConfig(learning_rate=0.001, rounds=1500)
    return [Job(Candidate("additive", "long", config), i % 2) for i in range(24)]


def check_all_done(engine: Engine, change: Callable[[], object]) -> None:
    """Something changes when a few of many jobs are done; the others are done all the same."""
    engine.start(small_experiment(2, 4000))
    scores = []
    for outcome in engine.run(many_jobs()):
        scores.append(outcome.score)
        if len(scores) == 3:
            change()
    assert len(scores) == len(many_jobs())
    assert np.isfinite(scores).all()
    assert len(set(scores)) == 2


def test_ray_nodes_come_and_go() -> None:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    try:
        ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
        with RayEngine() as engine:
            assert engine.workers == 2

            def change() -> None:
                cluster.remove_node(nodes[0])
                cluster.add_node(num_cpus=1)

            check_all_done(engine, change)
            alive = [node for node in ray.nodes() if node["Alive"]]
            assert len(alive) == 3  # the head, the one that stayed, the one that came
    finally:
        ray.shutdown()
        cluster.shutdown()


def test_a_dask_worker_is_killed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        )
    with cluster, DaskEngine(cluster.scheduler_address) as engine:
        worker = next(iter(cluster.workers.values()))
        check_all_done(engine, lambda: os.kill(worker.pid, signal.SIGKILL))
