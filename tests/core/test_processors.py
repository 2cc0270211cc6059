"""Processors: the least of what the machine, masks, groups and variables say."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pliant.core.cgroups import ControlGroups
from pliant.core.config import Resources
from pliant.core.errors import ConfigError, PliantWarning
from pliant.core.processors import VARIABLES, Stillness, processors, processors_of

NO_GROUPS = ControlGroups(Path("none"), Path("none"), (), ())


@pytest.fixture
def eight(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let there be a machine of eight processors, and no variable that bounds it."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    return monkeypatch


def test_all_of_the_mask_are_taken_where_nothing_bounds_them(eight: pytest.MonkeyPatch) -> None:
    assert processors(NO_GROUPS) == 8
    assert Resources().processors == processors()


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize(("text", "expected"), [("3", 3), (" 2 ", 2), ("4,2,1", 4), ("64", 8)])
def test_a_variable_bounds_them(
    name: str, text: str, expected: int, eight: pytest.MonkeyPatch
) -> None:
    eight.setenv(name, text)
    assert processors(NO_GROUPS) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "all", "2.5"])
def test_a_variable_without_a_number_says_nothing(text: str, eight: pytest.MonkeyPatch) -> None:
    eight.setenv("OMP_NUM_THREADS", text)
    assert processors(NO_GROUPS) == 8


def test_a_quota_bounds_them_and_the_least_counts(
    eight: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cpu.max").write_text("300000 100000\n")
    groups = replace(NO_GROUPS, quotas=((tmp_path, ""),))
    assert processors(groups) == 3
    eight.setenv("LOKY_MAX_CPU_COUNT", "2")
    assert processors(groups) == 2


def test_what_is_asked_for_counts_before_all(eight: pytest.MonkeyPatch) -> None:
    eight.setenv("OMP_NUM_THREADS", "1")
    assert Resources(6).processors == 6


@pytest.mark.parametrize(
    ("n_jobs", "used"), [(None, 8), (-1, 8), (-2, 7), (-8, 1), (-100, 1), (1, 1), (8, 8)]
)
def test_n_jobs_is_what_scikit_learn_means(
    n_jobs: int | None, used: int, eight: pytest.MonkeyPatch
) -> None:
    for engine in ("auto", "local", "ray"):
        assert Resources.of(n_jobs, engine).processors == used


@pytest.mark.parametrize("n_jobs", ["two", 2.0, True])
def test_what_is_no_whole_number_is_refused(n_jobs: Any) -> None:
    with pytest.raises(ConfigError, match="expected n_jobs to be a whole number or None, got"):
        processors_of(n_jobs)
    assert processors_of(np.int64(3)) == 3


def test_no_jobs_are_refused() -> None:
    with pytest.raises(ConfigError, match="expected n_jobs of at least 1, or -1 for all"):
        Resources.of(0)


@pytest.mark.parametrize("engine", ["auto", "threads", "local", "serial"])
def test_more_threads_than_processors_are_not_used(engine: str, eight: pytest.MonkeyPatch) -> None:
    """The variables count less than what is asked for."""
    eight.setenv("OMP_NUM_THREADS", "1")
    with pytest.warns(PliantWarning, match=r"expected at most 8 threads, .*, got 64; 8 are used"):
        assert Resources.of(64, engine).processors == 8


@pytest.mark.parametrize("engine", ["ray", "dask", "ray://head:10001", "tcp://scheduler:8786"])
def test_a_cluster_may_have_more_workers_than_this_machine_processors(
    engine: str, eight: pytest.MonkeyPatch
) -> None:
    assert Resources.of(64, engine).processors == 64


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc")
def test_a_stopped_process_stands_still_and_a_busy_one_does_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            still = Stillness(process.pid, 5)
            for _ in range(6):
                time.sleep(0.1)
                assert not still.lasts()
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(0.1)
            assert any(still.lasts() for _ in range(7))
        finally:
            process.kill()
