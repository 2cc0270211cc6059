"""Labels on the command line: they come back as they stand in the file, and are known again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

import pliant
from conftest import Run, run_in

FAST = ["--trials", "1", "--models", "additive"]


def two(first: object, second: object, n: int = 120) -> pa.Table:
    x = np.random.default_rng(0).normal(size=n)
    return pa.table({"x": x, "y": [first if v > 0 else second for v in x.tolist()]})


@pytest.mark.parametrize(
    ("first", "second"), [("01", "02"), ("TRUE", "FALSE"), ("2020-01-01", "2020-02-01")]
)
def test_labels_of_csv_are_text_as_it_stands(tmp_path: Path, first: str, second: str) -> None:
    run, table = run_in(tmp_path), two(first, second)
    (tmp_path / "t.csv").write_text(
        "\n".join(["x,y", *(f"{x},{y}" for x, y in zip(*table.to_pydict().values(), strict=True))])
    )
    done = run("fit", "t.csv", "-t", "y", *FAST, "-o", "m.pliant")
    assert done.returncode == 0, done.stderr
    run("predict", "m.pliant", "t.csv", "-o", "p.csv")
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["y", *(f"p({v})" for v in sorted([first, second]))]
    assert {row[0] for row in rows[1:]} == {first, second}
    lines = (tmp_path / "t.csv").read_text().split("\n")
    some = [lines[0], *(line for line in lines[1:] if line.endswith(first))]
    (tmp_path / "some.csv").write_text("\n".join(some))
    done = run("score", "m.pliant", "some.csv", "--metric", "accuracy")
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[1]) > 0.5
    done = run("pack", "t.csv", "-t", "y", "-o", "t.codes", "--json")
    assert json.loads(done.stdout)["classes"] == sorted([first, second])
    assert run("pack", "some.csv", "--append", "t.codes").returncode == 0


def test_booleans_of_typed_files_come_back(tmp_path: Path) -> None:
    run, table = run_in(tmp_path), two(True, False)
    pq.write_table(table, tmp_path / "t.parquet")
    pc.write_csv(table, tmp_path / "t.csv")
    lines = [json.dumps(row) for row in table.to_pylist()]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    for name in ("t.parquet", "t.jsonl"):
        assert run("fit", name, "-t", "y", *FAST, "-o", "m.pliant").returncode == 0
        assert pliant.load(tmp_path / "m.pliant").classes == (False, True)
        for other in ("t.parquet", "t.jsonl", "t.csv"):
            done = run("score", "m.pliant", other, "--metric", "accuracy", "--json")
            assert json.loads(done.stdout)["accuracy"] > 0.7
    for out, label in (("p.csv", "\nTrue,"), ("p.jsonl", '"y": true')):
        run("predict", "m.pliant", "t.csv", "-o", out)
        assert label in (tmp_path / out).read_text()
    run("predict", "m.pliant", "t.csv", "-o", "p.parquet")
    assert pq.read_table(tmp_path / "p.parquet")["y"].type == pa.bool_()
    assert pliant.pack(tmp_path / "t.jsonl", target="y", output=tmp_path / "t.codes").classes == (
        False,
        True,
    )


def test_the_task_is_said_where_there_is_a_choice(tmp_path: Path, run: Run) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    rings = np.clip(np.round(10 + 4 * x + rng.normal(size=600)), 1, 29).astype(int)
    pc.write_csv(pa.table({"x": x, "rings": rings}), tmp_path / "r.csv")
    done = run("fit", "r.csv", "-t", "rings", *FAST, "-o", "m.pliant")
    assert "task: regression, since the target 'rings' holds" in done.stderr
    assert "whole numbers in order, from" in done.stderr
    assert "--task multiclass for classes" in done.stderr
    card = pliant.load(tmp_path / "m.pliant").card
    assert card.facts["task"].startswith("regression, since the target holds")
    done = run("fit", "r.csv", "-t", "rings", "--task", "regression", *FAST, "-o", "m.pliant")
    assert done.stderr == ""
    done = run("pack", "r.csv", "-t", "rings", "-o", "r.codes", "--json")
    assert "--task multiclass for classes" in json.loads(done.stdout)["notes"][0]


def test_a_label_that_reads_as_missing_is_named(tmp_path: Path, run: Run) -> None:
    pc.write_csv(two("None", "Severe"), tmp_path / "n.csv")
    for command in (["fit", "n.csv", "-t", "y"], ["pack", "n.csv", "-t", "y", "-o", "n.codes"]):
        done = run(*command)
        assert done.returncode == 1
        assert "the word 'None' is read as missing in a text file" in done.stderr
