"""`pliant optimize`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pliant
from conftest import run_in, write_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with train.csv, and m.pliant, which is larger than it need be."""
    folder = tmp_path_factory.mktemp("optimize")
    write_table(folder / "train.csv", 300, 0)
    options = "--target rich --trials 3 --models additive,lightgbm,forest -o m.pliant"
    done = run_in(folder)("fit", "train.csv", *options.split())
    assert done.returncode == 0, done.stderr
    return folder


def test_the_front_is_shown_and_a_smaller_model_written(folder: Path) -> None:
    done = run_in(folder)("optimize", "m.pliant", "--max-size", "12kB", "--budget", "6s")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "on the Pareto front" in done.stdout
    assert "chosen" in done.stdout
    assert "wrote m-fast.pliant" in done.stdout
    assert (folder / "m-fast.pliant").stat().st_size <= 12_000
    card = pliant.load(folder / "m-fast.pliant").card
    assert card.facts["optimised"].startswith(("student ", "pair "))
    assert card.facts["data"]["path"] == "train.csv"
    assert run_in(folder)("show", "m-fast.pliant").returncode == 0


def test_json_is_one_object(folder: Path) -> None:
    options = ["--max-loss", "50%", "--budget", "2s", "-o", "json.pliant", "--json"]
    done = run_in(folder)("optimize", "m.pliant", *options)
    found = json.loads(done.stdout)
    assert found["bytes"] == (folder / "json.pliant").stat().st_size
    assert sum(point["chosen"] for point in found["pareto"]) == 1
    assert {point["front"] for point in found["pareto"]} <= {True, False}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "expected a limit: a latency, a size or a loss"),
        (["--max-loss", "much"], "expected a share such as"),
        (["--max-loss", "120%"], "expected a share such as"),
        (["--max-latency", "soon"], "expected a duration such as"),
        (
            ["--max-size", "10B", "--budget", "1s"],
            "expected a model within 0.01 kB, but the nearest",
        ),
        (["--max-size", "9kB", "-o", "absent/m.pliant"], "expected the output to be a file"),
        (["--max-size", "9kB", "--data", "absent.csv"], "absent.csv"),
    ],
)
def test_mistakes_get_one_sentence(folder: Path, options: list[str], said: str) -> None:
    before = {path.name for path in folder.iterdir()}
    done = run_in(folder)("optimize", "m.pliant", *options)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert {path.name for path in folder.iterdir()} == before


def test_rows_that_have_changed_are_said(folder: Path, tmp_path: Path) -> None:
    write_table(tmp_path / "train.csv", 300, 1)
    (tmp_path / "m.pliant").write_bytes((folder / "m.pliant").read_bytes())
    run = run_in(tmp_path)
    done = run("optimize", "m.pliant", "--max-size", "12kB")
    assert done.returncode == 1
    assert "it has changed" in done.stderr
    more = ["--data", "train.csv", "--budget", "4s"]
    assert run("optimize", "m.pliant", "--max-size", "12kB", *more).returncode == 0
