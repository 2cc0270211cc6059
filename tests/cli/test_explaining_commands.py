"""`pliant explain`, `pliant importance` and `pliant fit --explain`, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pliant
from conftest import Run, run_in


def test_explain_writes_a_row_a_prediction(fitted: Path, tmp_path: Path) -> None:
    output = tmp_path / "why.csv"
    done = run_in(fitted)("explain", "m.pliant", "test.csv", "-o", str(output))
    assert done.returncode == 0, done.stderr
    assert f"wrote 50 explanations to {output}" in done.stderr
    found = pd.read_csv(output)
    assert list(found) == ["age", "level", "base", "prediction"]
    model = pliant.load(fitted / "m.pliant")
    p = model.predict_proba(fitted / "test.csv")[:, 1]
    assert found["prediction"].to_numpy() == pytest.approx(p, abs=1e-12)
    assert found[["age", "level", "base"]].sum(axis=1).to_numpy() == pytest.approx(p, abs=1e-12)


def test_explain_prints_and_takes_a_background(fitted: Path) -> None:
    run = run_in(fitted)
    printed = run("explain", "m.pliant", "test.csv", "--background", "test.csv", "--log-odds")
    assert printed.returncode == 0, printed.stderr
    lines = printed.stdout.splitlines()
    assert lines[0] == "age,level,base,prediction"
    assert len(lines) == 51
    assert printed.stdout != run("explain", "m.pliant", "test.csv").stdout


def test_explain_of_several_classes(run: Run, tmp_path: Path) -> None:
    options = "--trials 1 --models additive --columns rich=category -o l.pliant"
    assert run("fit", "train.csv", "-t", "level", *options.split()).returncode == 0
    probable = run("explain", "l.pliant", "train.csv").stdout.splitlines()
    assert probable[0] == "age,rich,base,prediction,class"
    assert {line.split(",")[-1] for line in probable[1:]} <= {"low", "mid", "high"}
    of_one = run("explain", "l.pliant", "train.csv", "--class", "mid").stdout.splitlines()
    assert {line.split(",")[-1] for line in of_one[1:]} == {"mid"}
    bad = run("explain", "l.pliant", "train.csv", "--class", "tall")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "expected --class to be one of high, low, mid, got 'tall'" in bad.stderr


def test_a_file_keeps_rows_to_compare_with(run: Run, tmp_path: Path) -> None:
    fit = "fit train.csv -t rich --trials 1 --models additive"
    assert run(*fit.split(), "-o", "plain.pliant").returncode == 0
    assert run(*fit.split(), "--explain", "-o", "kept.pliant").returncode == 0
    (tmp_path / "train.csv").rename(tmp_path / "new.csv")
    done = run("explain", "kept.pliant", "new.csv", "-o", "why.parquet")
    assert done.returncode == 0, done.stderr
    assert len(pd.read_parquet(tmp_path / "why.parquet")) == 200
    refused = run("explain", "plain.pliant", "new.csv", "-o", "none.csv")
    assert refused.returncode == 1
    assert "--background" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "none.csv").exists()
    facts = json.loads(run("show", "kept.pliant", "--json").stdout)["facts"]
    assert facts["background"]["rows"] == 64
    assert 0 < facts["background"]["bytes"] < 1_000
    assert "background" in run("show", "kept.pliant").stdout


def test_less_precise_rows_than_asked_for_are_told(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 7))
    y = (np.prod(X[:, :4], axis=1) > 0).astype(int)
    pd.DataFrame(X).assign(y=y).to_csv(tmp_path / "knots.csv", index=False)
    fit = "fit knots.csv -t y --trials 1 --models lightgbm -o m.pliant"
    assert run(*fit.split()).returncode == 0
    pd.DataFrame(X[:2]).to_csv(tmp_path / "two.csv", index=False)
    done = run("explain", "m.pliant", "two.csv", "--error", "1e-9")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 rows are less precise than asked for: standard errors of up to" in done.stderr
    assert "precise" not in run("explain", "m.pliant", "two.csv", "--error", "0.9").stderr


def test_importance(fitted: Path) -> None:
    run = run_in(fitted)
    done = run("importance", "m.pliant", "test.csv")
    assert done.returncode == 0, done.stderr
    assert "loss of roc_auc, shuffled 5 times, 50 rows" in done.stdout
    found = json.loads(run("importance", "m.pliant", "test.csv", "--json").stdout)
    assert {row["column"] for row in found} == {"age", "level"}
    assert found[0]["importance"] >= found[1]["importance"]
    options = ["--group", "both=age,level", "--metric", "neg_log_loss", "--repeats", "2", "--json"]
    grouped = json.loads(run("importance", "m.pliant", "test.csv", *options).stdout)
    assert [row["column"] for row in grouped] == ["both"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "m.pliant", "absent.csv"], "there is no file"),
        (["explain", "absent.pliant", "test.csv"], "expected a model file"),
        (["explain", "m.pliant", "test.csv", "-o", "why.xlsx"], "expected a file that ends in"),
        (["explain", "m.pliant", "test.csv", "-o", "test.csv"], "another file than test.csv"),
        (["explain", "m.pliant", "test.csv", "--error", "2"], "an error from 0 to below 1, got 2"),
        (["explain", "m.pliant", "test.csv", "--background", "no.csv"], "there is no file no.csv"),
        (["importance", "m.pliant", "test.csv", "--group", "a"], "--group NAME=column,column"),
        (["importance", "m.pliant", "test.csv", "--group", "a=b"], "columns of the fit, got 'b'"),
        (["importance", "m.pliant", "test.csv", "--repeats", "0"], "at least 1 repeat, got 0"),
        (["importance", "m.pliant", "test.csv", "--metric", "good"], "got 'good'"),
        (["importance", "m.pliant", "x.csv"], "expected the target 'rich' to be a column of"),
    ],
)
def test_a_mistake_gets_a_sentence(arguments: list[str], said: str, fitted: Path) -> None:
    (fitted / "x.csv").write_text("age,level\n30,low\n40,mid\n")
    done = run_in(fitted)(*arguments)
    assert done.returncode == 1, done.stdout
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
