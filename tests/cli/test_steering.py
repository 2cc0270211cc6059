"""What steers a fit, as the command line takes it, and what is wrong with it as one sentence."""

from __future__ import annotations

import json
from pathlib import Path

from test_bad_input import refused

from conftest import Run

FIT = ("fit", "train.csv", "-t", "rich", "--trials", "1", "--models", "additive", "-o", "m.pliant")


def test_a_function_is_a_metric_and_one_that_fails_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "def hits(y_true, y_pred):\n    return (y_true == y_pred).mean()\n\n"
        "def broken(y_true, y_pred):\n    raise KeyError('price')\n"
    )
    done = run(*FIT, "--metric", "mine:hits")
    assert "hits 0.8" in done.stdout, done.stderr
    refused(run, "expected the metric 'broken' to score held", *FIT, "--metric", "mine:broken")


def test_classes_weigh_and_cost_what_the_options_say(run: Run, tmp_path: Path) -> None:
    (tmp_path / "costs.json").write_text("[[0, 1], [20, 0]]")
    done = run(*FIT, "--class-weight", "no=1,yes=2", "--costs", "costs.json")
    assert done.returncode == 0, done.stderr
    assert "predicts yes where its probability is above 0.04762" in run("show", "m.pliant").stdout
    said = json.loads(run("show", "m.pliant", "--json").stdout)
    assert said["facts"]["class_weight"] == [1.0, 2.0]
    by_costs = run("predict", "m.pliant", "train.csv", "--no-proba").stdout.count("yes")
    by_half = run("predict", "m.pliant", "train.csv", "--no-proba", "--threshold", "0.5").stdout
    assert by_costs > by_half.count("yes") > 0


def test_what_makes_no_sense_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "costs.json").write_text("[[0, 1]]")
    refused(run, "expected costs of shape (2, 2)", *FIT, "--costs", "costs.json")
    refused(run, "expected costs in absent.json, but: No such", *FIT, "--costs", "absent.json")
    refused(run, "got 'maybe'", *FIT, "--class-weight", "maybe=2")


def test_intervals_are_two_more_columns(run: Run, tmp_path: Path) -> None:
    fit = ("fit", "train.csv", "-t", "age", "--trials", "1", "--models", "additive")
    assert run(*fit, "--intervals", "-o", "m.pliant").returncode == 0
    found = run("predict", "m.pliant", "train.csv", "--interval", "0.9").stdout.splitlines()
    assert found[0] == "age,age_lower,age_upper"
    middle, lower, upper = map(float, found[1].split(","))
    assert lower < middle < upper
    predict = ("predict", "m.pliant", "train.csv", "--interval")
    refused(run, "expected a coverage between 0 and 1, got 2.0", *predict, "2")


def test_monotone_constraints_are_told_by_the_file(run: Run) -> None:
    assert run(*FIT, "--monotone", "age=+").returncode == 0
    said = json.loads(run("show", "m.pliant", "--json").stdout)
    assert said["facts"]["monotone"] == {"age": 1}
    refused(run, "got one on 'level', whose kind is category", *FIT, "--monotone", "level=+")
