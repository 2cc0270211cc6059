"""What `pliant optimize` promises: the loss that it tells of a model, beside that of new rows.

python -m benchmarks.quality.promises --data DIR [--sets phoneme,tracks] [--budget 20]
    [--teaching 30] [--shares 0.4,0.15,0.07] [--kinds optimize,fit] [--out promises.jsonl]

For each set of DIR, and for `tracks`, whose rows lie close together, an ensemble is fitted and its
file made smaller, to some shares of its bytes. What is told of the score that is given up, with its
standard error, stands beside what the rows of the test file show. With the kind "fit", one fit with
the limit gets the time of both.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.common.data import names, read
from pliant import artifact
from pliant.automl.fit import fit
from pliant.compress.from_file import experiment_of, optimise_file
from pliant.compress.standing import Standing, Yardstick
from pliant.core.config import Budget, Limits, Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import FitError
from pliant.data.roles import NamedRoles
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.runtime.intake import to_frame
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame
from pliant.training.fit_spec import FitSpec

MAX_APART = 0.02
"""How far told and true loss may be apart, where that is more than twice the error of both."""


def main() -> None:
    """Print a line for each set and limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default="")
    parser.add_argument("--budget", type=float, default=20.0)
    parser.add_argument("--teaching", type=float, default=30.0)
    parser.add_argument("--shares", default="0.4,0.15,0.07")
    parser.add_argument("--kinds", default="optimize")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    for name in options.sets.split(",") if options.sets else [*names(options.data), "tracks"]:
        try:
            report(name, options)
        except FitError as error:  # no model is so small; tighter limits are left out
            print(f"{name:>20}: {error}", flush=True)


def report(name: str, options: argparse.Namespace) -> None:
    """Print a line for each limit of a set."""
    train, test, spec = table(options.data, name)
    for line in lines(train, test, replace(spec, budget=Budget(options.budget)), options):
        line = {"dataset": name, **line}
        print(said(line), flush=True)
        if options.out:
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")


def table(folder: Path, name: str) -> tuple[tuple[Frame, str], Frame, FitSpec]:
    """Return the rows to train on with the name of the target, those to test on, and the task."""
    if name == "tracks":
        train, test = tracks()
        return (to_frame(train), "y"), to_frame(test), FitSpec()
    found, test = read(folder / name)
    task = "regression" if found.task == "regression" else None
    return (to_frame(found.frame), found.target), to_frame(test), FitSpec(task=task)


def tracks(n: int = 600, steps: int = 24, k: int = 6) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows to train and to test on. Those of one track lie close together, as those of a
    storm, a patient or a machine do, and most have the same answer: a model can know them."""
    rng = np.random.default_rng(0)
    start = rng.normal(size=(n, 1, 4)) * 3
    walk = start + rng.normal(size=(n, steps, 4)).cumsum(1) * 0.15
    turn = np.arange(steps) > rng.integers(4, steps, (n, 1))
    state = (rng.integers(0, k, (n, 1)) + turn) % k
    frame = pd.DataFrame(walk.reshape(-1, 4).round(2), columns=list("abcd"))
    frame["month"] = np.repeat(rng.integers(1, 13, n), steps)
    frame["y"] = [f"s{v}" for v in state.ravel()]
    test = rng.random(len(frame)) < 0.25
    return frame[~test].reset_index(drop=True), frame[test].reset_index(drop=True)


def lines(
    train: tuple[Frame, str], test: Frame, spec: FitSpec, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Yield a line for each kind and limit."""
    frame, target = train
    ensemble = saved(fitted(frame, target, spec))
    size = bytes_of(ensemble)
    for share in map(float, options.shares.split(",")):
        limits = Limits(size=share * size)
        if "optimize" in options.kinds:
            deadline = Deadline(options.teaching)
            experiment = experiment_of(ensemble, frame, NamedRoles())
            chosen = optimise_file(ensemble, experiment, limits, deadline, Resources())
            point = next(p for p in chosen.points if p["chosen"])
            line = {"kind": "optimize", "note": chosen.remark, "seconds": deadline.elapsed()}
            yield {**line, "limit": share * size, **compared(ensemble, chosen.model, test, point)}
        if "fit" in options.kinds:
            whole = Budget(options.budget + options.teaching)
            result = fit(asked(frame, target), replace(spec, budget=whole, limits=limits))
            point = next(p for p in result.points if p["chosen"])
            line = {"kind": "fit", "note": "", "seconds": whole.seconds}
            yield {**line, "limit": share * size, **compared(ensemble, result.model, test, point)}


def asked(frame: Frame, target: str) -> FrameRows:
    """Return the rows of a fit."""
    columns = Frame({k: v for k, v in frame.items() if k != target}, frame.n_rows)
    return FrameRows(columns, Question(target, frame[target]))


def fitted(frame: Frame, target: str, spec: FitSpec) -> Predictor:
    """Return a model."""
    return fit(asked(frame, target), spec).model


def saved(model: Predictor) -> Predictor:
    """Return a model as it comes from its file."""
    with TemporaryDirectory() as folder:
        artifact.save(model, Path(folder) / "m.pliant")
        return artifact.load(Path(folder) / "m.pliant")


def bytes_of(model: Predictor) -> int:
    """Return the bytes of a model's file."""
    with TemporaryDirectory() as folder:
        artifact.save(model, Path(folder) / "m.pliant")
        return (Path(folder) / "m.pliant").stat().st_size


def compared(
    ensemble: Predictor, small: Predictor, test: Frame, point: dict[str, Any]
) -> dict[str, Any]:
    """Return what is told of a model, and what the test file shows of it."""
    true, score = standing(ensemble, small, test)
    return {
        "model": point["model"],
        "bytes": point["bytes"],
        "told": point["lost"],
        "error": point["lost_error"],
        "true": true.lost,
        "true_error": true.error,
        "score": score,
        "told_score": point["score"],
    }


def standing(ensemble: Predictor, small: Predictor, test: Frame) -> tuple[Standing, float]:
    """Return how a model stands beside the ensemble on the rows of a test file, and its score."""
    experiment = experiment_of(ensemble, test, NamedRoles())
    rows, expected = np.arange(test.n_rows), ensemble.raw(test)
    target, said = experiment.table.target, small.raw(test)
    whole = experiment.measure(target, expected, None)
    score = experiment.measure.shown(experiment.measure(target, said, None))
    return Yardstick(experiment, whole, rows, expected).standing(said), score


def said(line: dict[str, Any]) -> str:
    """Return a line for people."""
    error = float(np.hypot(line["error"], line["true_error"]))
    apart = abs(line["told"] - line["true"])
    verdict = "holds" if apart <= max(MAX_APART, 2 * error) else "BROKEN"
    return (
        f"{line['dataset']:>20} {line['kind']:>8} {line['limit'] / 1e3:6.0f} kB: told "
        f"{100 * line['told']:6.2f} ± {100 * line['error']:.2f} %, true "
        f"{100 * line['true']:6.2f} ± {100 * line['true_error']:.2f} %, {verdict}; score "
        f"{line['score']:.5g} ({line['model']}, {line['seconds']:.0f} s) {line['note']}"
    )


if __name__ == "__main__":
    main()
