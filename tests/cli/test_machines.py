"""The commands on machines as they are: signals, closed descriptors, folders full of names."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import pliant
from conftest import Run, run_anew_in, run_in, write_table

FIT = [sys.executable, "-m", "pliant", "fit", "train.csv", "more.csv", "-t", "rich"]
SMALL = ["--trials", "1", "--models", "additive", "-o", "m.pliant"]
LIBRARY = ["--trials", "2", "--models", "additive,linear", "-o", "m.pliant"]
"""A library of others is imported too, where it fits."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two files, which are packed before they are fitted."""
    write_table(tmp_path / "train.csv", 400, 0)
    write_table(tmp_path / "more.csv", 400, 1)
    return tmp_path


def left(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} - {"train.csv", "more.csv", "journal"}


def started(folder: Path, *options: str, nohup: bool = False) -> subprocess.Popen[str]:
    """Start a fit that would go on for minutes; wait until its first trial is over."""
    before = ["nohup"] if nohup else []
    process = subprocess.Popen(
        [*before, *FIT, "--models", "additive", "--journal", "journal", "-o", "m.pliant", *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 60
    while not list(folder.glob("journal/*.trial")) and time.monotonic() < limit:
        time.sleep(0.01)
        if process.poll() is not None:
            break
    return process


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_best_model_and_nothing_else(
    sign: signal.Signals, folder: Path
) -> None:
    with started(folder, "--budget", "100s", "--threads", "1") as process:
        process.send_signal(sign)
        process.send_signal(sign)  # `timeout` and shells send theirs twice
        start = time.monotonic()
        _, said = process.communicate(timeout=60)
    assert time.monotonic() - start < 10
    assert process.returncode == 0, said
    assert left(folder) == {"m.pliant"}
    assert pliant.load(folder / "m.pliant").card.score > 0.5


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_before_there_is_a_model_a_signal_leaves_nothing(
    sign: signal.Signals, folder: Path
) -> None:
    write_table(folder / "train.csv", 300_000, 0)
    command = [*FIT, "-o", "m.pliant", "--budget", "100s"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(1.5)  # it reads
        process.send_signal(sign)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + sign
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "pliant: stopped before it was through"
    assert left(folder) == set()


def with_a_stopped_worker(folder: Path, budget: str) -> subprocess.Popen[bytes]:
    """Start a fit of two workers and stop one of them before it has begun."""
    write_table(folder / "train.csv", 3000, 0)
    command = [*FIT[:5], "-t", "rich", "--workers", "2", "--budget", budget, "-o", "m.pliant"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    fit = subprocess.Popen(command, cwd=folder, start_new_session=True, **quiet)
    children = Path(f"/proc/{fit.pid}/task/{fit.pid}/children")
    while not (found := [pid for pid in children.read_text().split() if is_worker(pid)]):
        time.sleep(0.01)
    os.kill(int(found[0]), signal.SIGSTOP)
    return fit


def is_worker(pid: str) -> bool:
    return b"pliant.training.engines.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
def test_a_worker_that_hangs_before_it_begins_does_not_hold_a_budget(folder: Path) -> None:
    start = time.monotonic()
    with with_a_stopped_worker(folder, "8s") as fit:
        assert fit.wait(60) == 0
    assert time.monotonic() - start < 20
    assert (pliant.load(folder / "m.pliant").card.score or 0) > 0.5


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_writes_the_model_although_a_worker_hangs(
    sign: signal.Signals, folder: Path
) -> None:
    with with_a_stopped_worker(folder, "100s") as fit:
        time.sleep(12)
        fit.send_signal(sign)
        assert fit.wait(20) == 0
    assert left(folder) == {"m.pliant"}


@pytest.mark.slow
def test_ray_takes_no_signal_away(folder: Path) -> None:
    pytest.importorskip("ray")
    with started(folder, "--budget", "100s", "--engine", "ray", "--workers", "1") as process:
        time.sleep(25)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert left(folder) == {"m.pliant"}


def test_predictions_for_a_closed_output_are_refused(folder: Path, fitted: Path) -> None:
    line = f"{sys.executable} -m pliant predict {fitted} train.csv"
    done = subprocess.run(["sh", "-c", f"{line} >&-"], cwd=folder, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == b"pliant: expected an open standard output: use -o FILE\n"


@pytest.mark.slow
def test_what_is_told_to_outlive_its_terminal_does(folder: Path) -> None:
    with started(folder, "--budget", "8s", nohup=True) as process:
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert len(list(folder.glob("journal/*.trial"))) > 10  # it went on after the first


@pytest.mark.parametrize(
    ("options", "closed"),
    [
        (["--threads", "1"], "<&-"),
        (["--threads", "1"], ">&- 2>&-"),
        (["--workers", "2"], "<&- >&-"),
        (["--workers", "2"], "<&- >&- 2>&-"),
    ],
)
def test_closed_descriptors_change_nothing(
    options: list[str], closed: str, folder: Path, fitted: Path
) -> None:
    line = " ".join([*FIT[:5], "-t", "rich", *SMALL, *options, closed])
    done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (pliant.load(folder / "m.pliant").card.score or 0) > 0.5
    again = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m pliant predict m.pliant train.csv -o p.csv {closed}"],
        cwd=folder,
        timeout=60,
    )
    assert again.returncode == 0
    assert len((folder / "p.csv").read_text().splitlines()) == 401


@pytest.mark.parametrize("name", ["random", "types", "queue", "numpy", "pliant", "sitecustomize"])
def test_no_file_of_the_folder_is_run(name: str, folder: Path) -> None:
    """Neither by the command nor by its workers.

    The command looks nowhere in the folder, as `-P` does; `python -m pliant` looks there for what
    Python itself imports before any code of ours.
    """
    (folder / f"{name}.py").write_text('open("was_run", "w")\nraise SystemExit("mine")\n')
    start = (
        [sys.executable, "-P"] if name in ("pliant", "sitecustomize", "types") else [sys.executable]
    )
    options = LIBRARY if name in ("random", "types") else SMALL
    command = [*start, "-m", *FIT[2:5], "-t", "rich", *options, "--workers", "2"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert left(folder) == {f"{name}.py", "m.pliant"}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["ray", "dask"])
def test_no_file_of_the_folder_is_run_by_workers_of_a_cluster(engine: str, folder: Path) -> None:
    pytest.importorskip("distributed" if engine == "dask" else "ray")
    for name in ("random", "queue", "pliant"):
        (folder / f"{name}.py").write_text('open("was_run", "w")\nraise SystemExit("mine")\n')
    command = [sys.executable, "-P", *FIT[1:5], "-t", "rich", *LIBRARY, "--engine", engine]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not (folder / "was_run").exists()


def test_without_a_temporary_folder_that_of_the_output_is_taken(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a root is read-only, only the folder of the output may be there to be written."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, tempfile\n"
        "found = tempfile._candidate_tempdir_list\n"
        "tempfile._candidate_tempdir_list = lambda: [\n"
        '    os.environ[name] for name in ("TMPDIR",) if name in os.environ\n'
        "]\n"
    )
    monkeypatch.delenv("TMPDIR", raising=False)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    limited = (*SMALL, "--workers", "2", "--max-size", "40kB")
    done = run_anew_in(tmp_path)("fit", "train.csv", "-t", "rich", *limited)
    assert done.returncode == 0, done.stderr
    assert {p.suffix for p in tmp_path.iterdir()} <= {".csv", ".pliant", ".py", ""}
    assert not list(tmp_path.glob("pliant-*"))


def test_help_says_what_signals_do(tmp_path: Path) -> None:
    assert "SIGTERM" in run_in(tmp_path)("fit", "--help").stdout
