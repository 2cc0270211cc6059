"""The local engine: whatever a learner does, the fit goes on, and nothing is left behind."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from saboteurs import Chatters, Crashes, Devours, Dies, Exits, Hangs, Reserves, Saboteur

from pliant.core.errors import SaveError
from pliant.models.additive import AdditiveConfig
from pliant.testing import family_data, small_experiment
from pliant.training.engines import local
from pliant.training.engines.local import LocalEngine
from pliant.training.engines.shipment import Shipment, receive
from pliant.training.records import Candidate, Job, Outcome
from pliant.training.training_set import TrainingSet

GOOD = Candidate("additive", "good", AdditiveConfig(rounds=5))
FIT = """
import numpy as np, pliant
X = np.random.default_rng(0).normal(size=(1000, 4))
y = X[:, 0] + np.sin(2 * X[:, 1]) > 0
def hear(progress):
    if progress.trials > 0:
        print("trials", progress.trials, flush=True)
model = pliant.Classifier(trials={trials}, engine="local", n_jobs=2, models=["additive"],
                          ).fit(X, y, progress=hear)
print(model.model_.card.score)
"""


def outcomes(*candidates: Candidate, seconds: float | None = None) -> list[Outcome]:
    with LocalEngine(1, 400 * 10**6) as engine:
        engine.start(small_experiment(2))
        return list(engine.run([Job(c, 0, seconds=seconds) for c in candidates]))


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (Crashes, "its process ended by SIGSEGV"),
        (Exits, "its process ended with exit code 3"),
        (Dies, "its process ended by SIGKILL, perhaps for want of memory"),
        (Devours, "took more than its 0.40 GB of memory"),
        (Reserves, "MemoryError: "),
    ],
)
def test_a_learner_that_fails_takes_nothing_else_with_it(harm: type[Saboteur], reason: str) -> None:
    bad = Candidate("additive", "bad", harm())
    before, failed, after = outcomes(GOOD, bad, GOOD)
    assert failed.reason == reason
    assert failed.score == -np.inf
    assert before.score == after.score > 0.5


def test_one_that_never_returns_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "GRACE_SECONDS", 0.3)
    start = time.perf_counter()
    hung, after = outcomes(Candidate("additive", "bad", Hangs()), GOOD, seconds=0.2)
    assert hung.reason == "did not end in time, its process was ended"
    assert after.score > 0.5
    assert time.perf_counter() - start < 20


def test_one_that_prints_a_gigabyte_is_not_heard(capfd: pytest.CaptureFixture[str]) -> None:
    loud, _ = outcomes(Candidate("additive", "bad", Chatters()), GOOD)
    assert loud.reason == "ValueError: harm was done"
    assert capfd.readouterr() == ("", "")


def test_workers_that_are_killed_lose_no_job() -> None:
    """Somebody kills a random worker again and again; every job is done all the same.

    A job is tried so often and no more, so each worker is given the time to come up.
    """
    with LocalEngine(2) as engine:
        engine.start(small_experiment(2))
        over, killed = threading.Event(), list[int]()
        some = Candidate("additive", "some", AdditiveConfig(rounds=30))
        start = time.perf_counter()
        list(engine.run([Job(some, 0), Job(some, 1)]))
        pause = max(0.5, 1.5 * (time.perf_counter() - start))

        def kill() -> None:
            rng = random.Random(0)
            while not over.wait(pause):
                killed.append(rng.choice(engine._all)._process.pid)
                os.kill(killed[-1], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            made = list(engine.run(_jobs_until(some, killed)))
        finally:
            over.set()
            killer.join()
    assert [o.reason for o in made] == [""] * len(made)
    assert len({o.score for o in made}) == 2


def _jobs_until(candidate: Candidate, killed: list[int], times: int = 3) -> Iterator[Job]:
    """Yield jobs until so many workers were killed."""
    for number in itertools.count():
        if len(killed) >= times:
            return
        yield Job(candidate, number % 2)


def test_the_study_is_shipped_once_and_not_copied() -> None:
    experiment = small_experiment(n=50_000)
    shipment = Shipment()
    size = shipment.put(experiment)
    arrays = (
        experiment.table.coded.codes,
        experiment.table.coded.ids,
        experiment.table.target.values,
    )
    assert size < 1.05 * sum(array.nbytes for array in arrays)
    there = receive(shipment.descriptor)
    shipment.close()
    for ours, theirs in zip(arrays, _arrays(there), strict=True):
        assert np.array_equal(ours, theirs)
        assert not theirs.flags.owndata
        assert not theirs.flags.writeable


def _arrays(experiment: object) -> tuple[np.ndarray, ...]:
    table = experiment.table  # type: ignore[attr-defined]
    return table.coded.codes, table.coded.ids, table.target.values


def test_a_dataset_is_written_once_for_all_its_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    written, put = list[object](), Shipment.put

    def counted(shipment: Shipment, value: object) -> int:
        written.append(value)
        return put(shipment, value)

    monkeypatch.setattr(Shipment, "put", counted)
    one, other = (TrainingSet.of(family_data("binary", seed=seed)) for seed in (0, 1))
    with LocalEngine(2) as engine:
        engine.start(small_experiment(2))
        made = list(engine.run([Job(GOOD, dataset=d) for d in (one, other, one, one, other)]))
    assert [o.reason for o in made] == [""] * 5
    assert written[1:] == [one, other]


def test_where_there_is_no_room_for_its_rows_a_job_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(value: object) -> Shipment:
        raise SaveError("expected room for 3 MB in /tmp, but: No space left on device")

    monkeypatch.setattr(Shipment, "of", full)
    with LocalEngine(1) as engine:
        engine.start(small_experiment(2))
        lost = Job(GOOD, dataset=TrainingSet.of(family_data("binary")))
        failed, after = engine.run([lost, Job(GOOD, 0)])
    assert failed.reason.startswith("expected room for 3 MB")
    assert after.score > 0.5


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    shipment = Shipment()
    monkeypatch.setattr(os, "dup", full)
    with pytest.raises(SaveError, match=r"expected room for \d+ MB in .*: No space left"):
        shipment.put(np.zeros(10**6))


def script(tmp_path: Path, trials: int) -> subprocess.Popen[str]:
    """Start a plain script, without a guard around its main part."""
    path = tmp_path / "script.py"
    path.write_text(FIT.format(trials=trials))
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, str(path)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    run = script(tmp_path, 1)
    out, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    assert float(out.splitlines()[-1]) > 0.8


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_the_parent_goes(tmp_path: Path, sign: signal.Signals) -> None:
    run = script(tmp_path, 500)
    assert run.stdout is not None
    assert run.stdout.readline().startswith("trials")
    workers = _children(run.pid)
    run.send_signal(sign)
    run.communicate(timeout=60)
    end = time.perf_counter() + 10
    while any(_alive(pid) for pid in workers) and time.perf_counter() < end:
        time.sleep(0.05)
    assert not any(_alive(pid) for pid in workers)
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


def _children(pid: int) -> list[int]:
    """Return both workers."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(found) == 2
    return [int(text) for text in found]


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def stopped(engine: LocalEngine) -> int:
    """Stop the first worker of an engine, as one stands still that waits for a dead disk."""
    pid = engine._all[0]._process.pid
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_a_worker_that_stands_still_gives_its_job_to_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local, "STILL_SECONDS", 0.5)
    with LocalEngine(1, 400 * 10**6) as engine:
        engine.start(small_experiment(2))
        pid = stopped(engine)
        (outcome,) = engine.run([Job(GOOD, 0)])
        assert engine._all[0]._process.pid != pid
    assert outcome.score > 0.5


def test_a_job_that_does_not_begin_in_time_never_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it may prepare where there is time; what stands still aside."""
    monkeypatch.setattr(local, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(local, "STILL_SECONDS", 60.0)
    with LocalEngine(1, 400 * 10**6) as engine:
        engine.start(small_experiment(2))
        stopped(engine)
        start = time.monotonic()
        (outcome,) = engine.run([Job(GOOD, 0, seconds=30, latest=0.3)])
        assert time.monotonic() - start < 10
    assert outcome.reason == "did not end in time, its process was ended"


@pytest.mark.parametrize("name", ["random", "json", "types", "pliant", "threading"])
def test_workers_run_no_file_of_the_working_directory(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{name}.py").write_text('open("was_run", "w")\nraise SystemExit("mine")\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert outcomes(GOOD)[0].score > 0.5
    assert not (tmp_path / "was_run").exists()
