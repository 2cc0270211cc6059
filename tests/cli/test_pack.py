"""`pliant pack` and `pliant show` of a store, as a user runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import run_in, write_table

PACK = ("pack", "train.csv", "--target", "rich", "-o", "x.codes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_table(tmp_path / "train.csv", 3000, 0)
    return tmp_path


def test_pack_prints_sizes_and_k(folder: Path) -> None:
    run = run_in(folder)
    done = run(*PACK)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for said in ("x.codes", "3,000 rows", "age", "k = 8.0 against float64"):
        assert said in done.stdout, done.stdout
    assert run("show", "x.codes").stdout == done.stdout
    found = json.loads(run("show", "x.codes", "--json").stdout)
    assert found["rows"] == 3000
    assert found["bytes"]["k"] == 8
    assert found["bytes"]["raw"] == 3 * 8 * 3000
    assert [c["codes"] for c in found["columns"]] == [3000] * 3
    assert json.loads(run(*PACK, "--overwrite", "--json").stdout) == found


def test_a_url_is_fitted(folder: Path) -> None:
    """One file behind a URL is no file of that name here."""
    url = (folder / "train.csv").as_uri()
    options = ("--target", "rich", "--trials", "1", "--models", "additive", "-o", "m.pliant")
    done = run_in(folder)("fit", url, *options)
    assert done.returncode == 0, done.stderr
    assert (folder / "m.pliant").exists()
    assert sorted(p.name for p in folder.iterdir()) == ["m.pliant", "train.csv"]


def test_a_store_knows_its_target(folder: Path) -> None:
    run, options = run_in(folder), ("--trials", "1", "--models", "additive", "-o", "m.pliant")
    assert run(*PACK).returncode == 0
    done = run("fit", "x.codes", *options)
    assert done.returncode == 0, done.stderr
    assert "auc" in done.stdout
    for name, said in [("train.csv", "expected --target"), ("absent.codes", "expected a store")]:
        done = run("fit", name, *options)
        assert done.returncode == 1
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_append_adds_rows_and_tells_of_drift(folder: Path) -> None:
    run = run_in(folder)
    assert run(*PACK).returncode == 0
    lines = (folder / "train.csv").read_text().replace("mid", "middle").splitlines()[:1001]
    (folder / "new.csv").write_text("\n".join(lines))
    done = run("pack", "new.csv", "--append", "x.codes")
    assert done.returncode == 0, done.stderr
    assert "4,000 rows" in done.stdout
    assert "column 'level': 3" in done.stdout
    assert "of its values are unseen" in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["absent-*.csv", "--target", "rich", "-o", "x.codes"], "expected files that match"),
        (["train.csv", "--target", "poor", "-o", "x.codes"], "expected the target 'poor'"),
        (["train.csv", "--target", "rich", "-o", "x"], "expected the output to end in .codes"),
        (["train.csv"], "expected --target and --output, or --append"),
        (["train.csv", "--append", "absent.codes"], "expected a store"),
        (["train.csv", "--append", "x.codes", "--target", "rich"], "expected --append alone"),
        (["train.csv", "--target", "rich", "-o", "x.codes", "--task", "guess"], "to be binary"),
    ],
)
def test_a_mistake_gets_one_sentence(options: list[str], said: str, folder: Path) -> None:
    done = run_in(folder)("pack", *options)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("pliant: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [p.name for p in folder.iterdir()] == ["train.csv"]


def test_ctrl_c_leaves_nothing_over(folder: Path) -> None:
    write_table(folder / "train.csv", 300_000, 0)
    command = [sys.executable, "-m", "pliant", *PACK]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        limit = time.monotonic() + 60
        while len(list(folder.iterdir())) == 1 and process.poll() is None:
            assert time.monotonic() < limit
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert [p.name for p in folder.iterdir()] == ["train.csv"]
