"""A table with columns of most kinds, and models of it that are quickly fitted."""

from __future__ import annotations

from typing import Any

import numpy as np

from pliant.compile.build import build
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import Task, learn_target
from pliant.ensemble.refit import Weighted
from pliant.features.block import View
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.model import Card, Predictor
from pliant.training.experiment import Experiment, Splitting
from pliant.training.records import Candidate, Job
from pliant.training.trainer import train


def table_of(task: Task, n: int = 240, text: bool = False) -> Table:
    """Return a table of numbers, categories and times, each with missing values, and weights."""
    rng = np.random.default_rng(0)
    number, level, other = rng.normal(size=n), rng.integers(0, 5, n), rng.integers(0, 4, n)
    moments = np.datetime64("1965-01-01") + rng.integers(0, 20_000, n).astype("timedelta64[D]")
    answer = number + (level == 2) + 0.1 * other + rng.normal(0, 0.2, n)
    columns: dict[str, Any] = {
        "number": np.where(rng.random(n) < 0.1, np.nan, number),
        "other number": rng.gamma(2.0, 50.0, n),
        "level": [None if rng.random() < 0.1 else f"l{v}" for v in level],
        "label": [f"o{v}" for v in other],
        "when": np.where(rng.random(n) < 0.1, np.datetime64("NaT"), moments),
    }
    if text:
        columns["note"] = [f"some words about {v} and {i}" for i, v in enumerate(level)]
    values: Any = answer * 1e4 if task == "regression" else (answer > 0.3).astype(int)
    if task == "multiclass":
        values = [("low", "mid", "high")[int(v > 0) + int(v > 0.8)] for v in answer]
    frame = to_frame(columns)
    schema = learn_schema(frame)
    target = learn_target("y", column_from_values(values), task)
    roles = Roles(weight=rng.uniform(0.2, 2.0, n))
    return Table(schema, schema.encode(frame), target, roles)


def model_of(
    family: str,
    table: Table,
    view: View = "plain",
    splits: int = 1,
    rounds: int | None = 5,
) -> Predictor:
    """Return a model of a table, its members fitted on different rows, for so many rounds."""
    experiment = Experiment(table, Splitting(0.25, splits), None, 0)
    config = default_config(FAMILIES[family])
    members = []
    for split in range(splits):
        outcome = train(
            Job(Candidate(family, "default", config, view), split, rounds=rounds), experiment
        )
        assert outcome.fitted is not None, outcome.reason
        member = experiment.pipeline(split, view, outcome.fitted)
        members.append(Weighted(member, 0.3 + split, split, False))
    card = Card(table.target.task, "y", "log_loss", 0.25)
    return Predictor(table.schema, build(members).ops, table.target.classes, card)
