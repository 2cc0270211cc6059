"""A small table on disk, a model of it, and the command as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from warm import Warm

WARM = Warm()

Run = Callable[..., subprocess.CompletedProcess[str]]


def run_in(folder: Path) -> Run:
    """Return what runs a command in a folder, in a process that need not import the libraries."""
    if not hasattr(os, "fork"):
        return run_anew_in(folder)

    def run(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return WARM.run(list(arguments), folder, timeout)

    return run


def run_anew_in(folder: Path) -> Run:
    """Return what runs a command in a folder, as a user does."""

    def run(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pliant", *arguments]
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
        )

    return run


def write_table(path: Path, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    age, level = rng.integers(18, 80, n), rng.integers(0, 3, n)
    rich = (age + 10 * level + rng.normal(0, 10, n) > 60).astype(int)
    rows = zip(age, np.array(["low", "mid", "high"])[level], rich, strict=True)
    lines = [f"{a},{b},{'yes' if y else 'no'}" for a, b, y in rows]
    path.write_text("\n".join(["age,level,rich", *lines]) + "\n")


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    WARM.close()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    write_table(tmp_path / "train.csv", 200, 0)
    return run_in(tmp_path)


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with train.csv, test.csv and the model m.pliant."""
    folder = tmp_path_factory.mktemp("fitted")
    write_table(folder / "train.csv", 200, 0)
    write_table(folder / "test.csv", 50, 1)
    arguments = "fit train.csv --target rich --trials 2 --models additive,linear -o m.pliant"
    done = run_anew_in(folder)(*arguments.split())
    assert done.returncode == 0, done.stderr
    return folder
