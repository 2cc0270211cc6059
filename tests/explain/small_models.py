"""Small models of mixed columns that the tests of this room share."""

from __future__ import annotations

from functools import cache

import numpy as np

from pliant.compile.build import build
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import learn_target
from pliant.ensemble.refit import Weighted
from pliant.models.registry import FAMILIES
from pliant.runtime.columns import column_from_values
from pliant.runtime.model import Card, Predictor
from pliant.runtime.raw import Frame
from pliant.testing import fit_quickly
from pliant.training.experiment import Experiment, Splitting

N = 160


@cache
def frame() -> Frame:
    """Return numbers, some missing, a category, a time, text, and a number that tells nothing."""
    rng = np.random.default_rng(0)
    number = rng.normal(size=N)
    number[rng.random(N) < 0.1] = np.nan
    words = np.array(["good tea in a warm cup", "cold rain on a grey road"])
    columns: dict[str, object] = {
        "noise": rng.normal(size=N),
        "number": number,
        "level": rng.choice(list("abc"), N),
        "when": np.datetime64("2024-01-01") + rng.integers(0, 900, N).astype("timedelta64[D]"),
        "words": [f"{w} {i}" for i, w in enumerate(words[rng.integers(0, 2, N)])],
    }
    return Frame({name: column_from_values(v) for name, v in columns.items()}, N)


@cache
def model(task: str, *families: str) -> Predictor:
    """Return an ensemble of families, fitted on most of the rows in a few rounds."""
    table = frame()
    rng = np.random.default_rng(1)
    number = np.nan_to_num(table["number"].values)  # type: ignore[union-attr]
    late = table["when"].microseconds > 1.73e15  # type: ignore[union-attr]
    signal = number + late + rng.normal(0, 0.1, N)
    cuts = {"binary": [0.4], "multiclass": [0.2, 0.9], "regression": []}[task]
    values = np.digitize(signal, cuts) if cuts else signal
    schema = learn_schema(table)
    target = learn_target("y", column_from_values(values), None)
    encoded = Table(schema, schema.encode(table), target, Roles())
    experiment = Experiment(encoded, Splitting(0.2, 1), None, 0)
    prepared = experiment.prepared(0, "plain").data
    members = [
        Weighted(experiment.pipeline(0, "plain", fit_quickly(FAMILIES[f], prepared, 4)), 1, 0, True)
        for f in families
    ]
    return Predictor(schema, build(members).ops, target.classes, Card(task, "y", "", None))
