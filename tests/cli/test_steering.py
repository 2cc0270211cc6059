"""What steers a fit, as the command line takes it, and what is wrong with it as one sentence."""

from __future__ import annotations

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
