"""Faults and engines: what happens to a fit when a learner, a worker or a cluster fails.

The table of docs/scaling.md; each of its cells is a test here.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from saboteurs import (
    Chatters,
    Crashes,
    Devours,
    Dies,
    Exits,
    Hangs,
    Murmurs,
    Raises,
    Reserves,
    Saboteur,
)

from few_folds import FEW
from pliant import Classifier, ClusterError
from pliant.models.additive import AdditiveConfig
from pliant.testing import family_data, small_experiment
from pliant.training.engines.base import Engine
from pliant.training.engines.local import LocalEngine
from pliant.training.engines.serial import SerialEngine
from pliant.training.engines.threads import ThreadEngine
from pliant.training.records import Candidate, Job, Partial
from pliant.training.training_set import TrainingSet

GOOD = Candidate("additive", "good", AdditiveConfig(rounds=5))
EACH_BYTES = 500 * 10**6
RAY_WORKERS = ("ray::_train", "ray::IDLE")
SLOW = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
APART = ["local", pytest.param("ray", marks=SLOW), pytest.param("dask", marks=SLOW)]
ALL = ["serial", "threads", *APART]


def local(held: ExitStack) -> Engine:
    return held.enter_context(LocalEngine(2, 2 * EACH_BYTES))


def dask(held: ExitStack) -> Engine:
    distributed = pytest.importorskip("distributed")
    from pliant.training.engines.dask import DaskEngine

    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=EACH_BYTES
    )
    held.enter_context(cluster)
    return held.enter_context(DaskEngine(cluster.scheduler_address))


def ray(held: ExitStack) -> Engine:
    library = pytest.importorskip("ray")
    from pliant.training.engines.ray import RayEngine

    environment = held.enter_context(pytest.MonkeyPatch.context())
    environment.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # workers import saboteurs.py
    quiet: dict[str, Any] = {"include_dashboard": False, "log_to_driver": False}
    library.init("local", num_cpus=2, _memory=2 * EACH_BYTES, logging_level="error", **quiet)
    held.callback(library.shutdown)
    return held.enter_context(RayEngine())


MAKE: dict[str, Callable[[ExitStack], Engine]] = {
    "serial": lambda held: held.enter_context(SerialEngine()),
    "threads": lambda held: held.enter_context(ThreadEngine(2)),
    "local": local,
    "ray": ray,
    "dask": dask,
}


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine by name, with an experiment."""
    with ExitStack() as held:
        made = MAKE[request.param](held)
        made.start(small_experiment(2))
        yield made


HARMS: dict[type[Saboteur], str] = {
    Crashes: "its process ended by SIGSEGV",
    Exits: "its process ended with exit code 3",
    Dies: "its process ended by SIGKILL, perhaps for want of memory",
    Hangs: "did not end in time, its process was ended",
    Devours: r"took more than its 0\.\d\d GB of memory",
    Reserves: "MemoryError: ",
}


def check_harm(engine: Engine, harm: type[Saboteur], said: str) -> None:
    """A learner that does harm is a failed outcome; those before and after it are as always."""
    seconds = 0.5 if harm is Hangs else None
    bad = Job(Candidate("additive", "bad", harm()), 0, seconds=seconds)
    made = list(engine.run([Job(GOOD, 0), Job(GOOD, 1), bad, Job(GOOD, 0), Job(GOOD, 1)]))
    assert re.fullmatch(said, made[2].reason)
    assert made[2].score == -np.inf
    assert made[0].score == made[3].score > 0.5
    assert made[1].score == made[4].score > 0.5


@pytest.mark.parametrize("engine", APART, indirect=True)
@pytest.mark.parametrize(("harm", "said"), HARMS.items())
def test_harm_stays_in_its_process(engine: Engine, harm: type[Saboteur], said: str) -> None:
    check_harm(engine, harm, said)


@pytest.mark.parametrize("engine", ALL, indirect=True)
@pytest.mark.parametrize("harm", [Raises, Chatters])
def test_what_a_learner_raises_is_recorded(
    engine: Engine, harm: type[Saboteur], capfd: pytest.CaptureFixture[str]
) -> None:
    """What it prints is not heard, unless it is in this process: there a little will do."""
    if harm is Chatters and engine.in_process:
        harm = Murmurs
    check_harm(engine, harm, "ValueError: harm was done")
    assert engine.in_process or capfd.readouterr() == ("", "")


@pytest.mark.parametrize("engine", APART, indirect=True)
@pytest.mark.parametrize("harm", [Crashes, Hangs])
@pytest.mark.parametrize("partial", [None, Partial()], ids=["student", "block"])
def test_a_learner_that_does_harm_on_rows_that_its_job_brings(
    engine: Engine, harm: type[Saboteur], partial: Partial | None
) -> None:
    rows = TrainingSet.of(family_data("binary"))
    bad = Candidate("additive", "bad", harm())
    harmful = Job(bad, seconds=0.5 if harm is Hangs else None, dataset=rows, partial=partial)
    before, failed, after = engine.run([Job(GOOD, dataset=rows), harmful, Job(GOOD, dataset=rows)])
    assert failed.reason == HARMS[harm]
    assert before.reason == after.reason == ""
    assert before.rounds == after.rounds == 5


def processes(engine: Engine) -> list[int]:
    """Return the processes that attend to an engine's jobs: of a cluster, its workers."""
    if isinstance(engine, LocalEngine):
        return [worker._process.pid for worker in engine._all]
    found = [p for p in psutil.Process().children(recursive=True) if p.status() != "zombie"]
    if type(engine).__name__ == "RayEngine":
        return [p.pid for p in found if "".join(p.cmdline()[:1]).startswith(RAY_WORKERS)]
    return [p.pid for p in found if "spawn_main" in " ".join(p.cmdline())]


@pytest.mark.parametrize("engine", APART, indirect=True)
@pytest.mark.parametrize("lost", ["one", "all"])
def test_the_jobs_of_workers_that_are_lost_are_run_again(engine: Engine, lost: str) -> None:
    config = AdditiveConfig(learning_rate=0.001, rounds=400)
    jobs = [Job(Candidate("additive", "long", config), i % 2) for i in range(12)]
    scores = []
    for outcome in engine.run(jobs):
        assert outcome.reason == ""
        scores.append(outcome.score)
        if len(scores) == 3:
            for pid in processes(engine)[: 1 if lost == "one" else None]:
                os.kill(pid, signal.SIGKILL)
    assert len(scores) == len(jobs)
    assert len(set(scores)) == 2


@pytest.mark.parametrize("engine", ALL, indirect=True)
def test_what_nobody_waits_for_leaves_its_worker(engine: Engine) -> None:
    """A job of minutes is stopped, and jobs of the same worker begin soon after."""
    endless = AdditiveConfig(learning_rate=1e-9, rounds=10**7)
    running = engine.run([Job(GOOD, 0), Job(Candidate("additive", "endless", endless), 0)])
    assert next(running).score > 0.5
    start = time.perf_counter()
    running.close()
    assert [o.reason for o in engine.run([Job(GOOD, i % 2) for i in range(4)])] == [""] * 4
    assert time.perf_counter() - start < 30


SCRIPT = """
import sys
import numpy as np, pliant
print("top level", flush=True)
def hear(progress):
    if progress.trials > 0:
        print("trials", progress.trials, flush=True)
X = np.random.default_rng(0).normal(size=(2000, 6))
y = X[:, 0] + X[:, 1] * X[:, 2] > 0
model = pliant.Classifier(trials=500, engine=sys.argv[1], n_jobs=2, models=["additive"])
print("score", model.fit(X, y, progress=hear).model_.card.score > 0.6)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["serial", "threads", "local", "ray", "dask"])
def test_ctrl_c_on_a_terminal_ends_the_search_with_a_model(name: str, tmp_path: Path) -> None:
    """It goes to all processes of the group; the script is a plain one, without a guard."""
    (tmp_path / "script.py").write_text(SCRIPT)
    command, said = [sys.executable, str(tmp_path / "script.py"), name], tmp_path / "said"
    lines: list[str] = []
    with (
        said.open("w") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        ) as fit,
    ):
        assert fit.stdout is not None
        for line in fit.stdout:
            lines.append(line)
            if line.startswith("trials") and len(lines) < 3:
                os.killpg(fit.pid, signal.SIGINT)
    assert fit.returncode == 0
    assert lines.count("top level\n") == 1
    assert lines[-1] == "score True\n"
    assert len(lines) < 100  # of 500 trials
    assert "Traceback" not in said.read_text()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Callable[[], tuple[str, Any, Any]]]:
    """A Dask scheduler and a worker, each a process that can be ended."""
    distributed = pytest.importorskip("distributed")
    held = ExitStack()

    def begin(what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *options]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        made = subprocess.Popen(command, cwd=tmp_path, start_new_session=True, **quiet)
        held.callback(made.wait)
        held.callback(end, made)
        return made

    def make() -> tuple[str, Any, Any]:
        said = tmp_path / "scheduler.json"
        scheduler = begin(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(said)
        )
        worker = begin("worker", "--scheduler-file", str(said), "--nthreads", "2")
        while not said.exists():
            time.sleep(0.1)
        found = re.search(r"tcp://[\d.:]+", said.read_text())
        assert found is not None
        with distributed.Client(found[0]) as client:
            client.wait_for_workers(1)
        return found[0], scheduler, worker

    with held:
        yield make


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["scheduler", "workers"])
@pytest.mark.parametrize("trials", [0, 1])
def test_a_cluster_that_is_lost_for_good(nodes: Any, lost: str, trials: int) -> None:
    """The model of the trials so far, with a warning; without any, one sentence."""
    address, scheduler, worker = nodes()

    def hear(progress: Any) -> None:
        if progress.stage == "search" and progress.trials >= trials:
            end(scheduler if lost == "scheduler" else worker)

    X = np.random.default_rng(0).normal(size=(2000, 6))
    y = X[:, 0] + X[:, 1] * X[:, 2] > 0
    model = Classifier(budget="40s", engine=address, models=["additive", "lightgbm"], cv=FEW)
    start = time.perf_counter()
    if trials == 0:
        with pytest.raises(ClusterError, match=r"^expected .*, (but|got) [^\n]*$"):
            model.fit(X, y, progress=hear)
    else:
        with pytest.warns(UserWarning, match=r"^expected .*; the model is made of \d+ trials$"):
            model.fit(X, y, progress=hear)
        assert model.model_.card.score > 0.6
    assert time.perf_counter() - start < 70
