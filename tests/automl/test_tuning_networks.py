"""Networks that are tuned on arrays, images, ids and several of them by name."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from torch import nn

import pliant
from fresh_python import run
from pliant.automl.tuned_refit import refitted
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, DataError, FitError
from pliant.data.split import Split
from pliant.metrics import Measure
from pliant.models.base import Allowance
from pliant.models.foreign import OwnRows
from pliant.models.foreign.networks.learner import NetworkLearner
from pliant.runtime.array_rows import ArrayRows
from pliant.testing import check_objective
from pliant.torch import Network
from pliant.training.engines.serial import SerialEngine
from pliant.training.estimator_experiment import EstimatorExperiment
from pliant.training.records import Candidate, Outcome, Trial

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 3))
Y = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
HOW: dict[str, Any] = {"trials": 2, "cv": 2, "engine": "serial"}


class Dense(nn.Module):
    """Layers that our own ops say."""

    def __init__(self, n_inputs: int, n_outputs: int, width: int = 4) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_inputs, width), nn.ReLU(), nn.Linear(width, n_outputs)
        )

    def forward(self, x: Any) -> Any:
        return self.layers(x)


class Images(nn.Module):
    """Convolutions of images (n, C, H, W)."""

    def __init__(self, n_inputs: int, n_outputs: int, width: int = 4) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(n_inputs, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, groups=width),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.LazyLinear(n_outputs),
        )

    def forward(self, x: Any) -> Any:
        return self.layers(x)


class Sequences(nn.Module):
    """Ids (n, L) and numbers (n, d), by name."""

    def __init__(
        self, n_inputs: dict[str, int], n_outputs: int, n_tokens: int, kind: str = "gru"
    ) -> None:
        super().__init__()
        self.kind, self.embedding = kind, nn.Embedding(n_tokens, 8)
        self.middle: nn.Module = {
            "gru": lambda: nn.GRU(8, 8, batch_first=True),
            "lstm": lambda: nn.LSTM(8, 8, batch_first=True),
            "attention": lambda: nn.MultiheadAttention(8, 2, batch_first=True),
        }[kind]()
        self.last = nn.Linear(8 + n_inputs["numbers"], n_outputs)

    def forward(self, ids: Any, numbers: Any) -> Any:
        hidden = self.embedding(ids)
        several = (hidden,) * 3 if self.kind == "attention" else (hidden,)
        hidden, _ = self.middle(*several)
        return self.last(torch.cat([hidden[:, -1], numbers], dim=1))


class Wide(Dense):
    """Its output is one column too wide."""

    def __init__(self, n_inputs: int, n_outputs: int, width: int = 4) -> None:
        super().__init__(n_inputs, n_outputs + 1)


def test_a_network_of_columns_is_ops_and_leaves_as_data(tmp_path: Path) -> None:
    net = Network(Dense, {"width": pliant.Int(4, 16)}, epochs=30, lr=0.03)
    tuned = pliant.tune(net, X, Y, **HOW)
    assert tuned.trials_[0].params == {"width": 4}
    assert tuned.best_score_ > 0.8
    assert [op.name for op in tuned.best_estimator_.ops] == ["dense", "dense", "link"]
    tuned.save(tmp_path / "net.pliant")
    np.save(tmp_path / "x.npy", X)
    asked = "import pliant, sys, numpy as np; m = pliant.load('net.pliant')"
    asked += "; print(*m.predict(np.load('x.npy')))"
    asked += "; assert not {'torch', 'sklearn', 'onnxruntime'} & set(sys.modules)"
    assert run("-c", asked, folder=tmp_path).split() == tuned.predict(X).tolist()
    assert tuned.predict_proba(X).shape == (90, 2)
    again = pliant.tune(net, X, Y, **(HOW | {"engine": "threads", "n_jobs": 2}))
    assert np.array_equal(again.predict_proba(X), tuned.predict_proba(X))


def test_images_go_through_a_graph(tmp_path: Path) -> None:
    images = RNG.normal(size=(60, 2, 6, 6))
    labels = (images[:, 0].mean(axis=(1, 2)) > 0).astype(int) + (images[:, 1, 0, 0] > 1)
    space = {"width": pliant.Choice(2, 4), "lr": pliant.Float(1e-3, 1e-1, log=True)}
    tuned = pliant.tune(Network(Images, space, epochs=4), images, labels, **HOW)
    assert [op.name for op in tuned.best_estimator_.ops] == ["onnx", "link"]
    tuned.save(tmp_path / "net.pliant")
    loaded = pliant.load(tmp_path / "net.pliant")
    assert np.array_equal(loaded.predict_proba(images), tuned.predict_proba(images))
    assert loaded.predict(images).dtype == labels.dtype
    one = np.concatenate([loaded.predict_proba(image[None]) for image in images[:17]])
    np.testing.assert_allclose(one, loaded.predict_proba(images[:17]), atol=1e-5)


@pytest.mark.parametrize("kind", ["gru", pytest.param("lstm", marks=pytest.mark.slow), "attention"])
def test_ids_and_numbers_come_by_name(kind: str) -> None:
    rows = {"ids": RNG.integers(0, 9, (80, 5)), "numbers": RNG.normal(size=(80, 2))}
    target = 10 + 3 * rows["numbers"][:, 0] + (rows["ids"][:, -1] > 4)
    net = Network(partial(Sequences, kind=kind), epochs=25, lr=0.03, batch_size=16)
    tuned = pliant.tune(net, rows, target, **(HOW | {"trials": 1}))
    assert tuned.best_estimator_.card["network"] == "Sequences"
    assert tuned.best_score_ > 0.3  # R2, of targets in their own unit
    assert tuned.predict({name: array[:3] for name, array in rows.items()}).shape == (3,)
    with pytest.raises(DataError, match=r"a dict of the arrays \['ids', 'numbers'\], got"):
        tuned.predict(rows["ids"])


def test_a_loss_that_is_no_number_is_a_failed_trial() -> None:
    net = Network(Dense, {"lr": pliant.Choice(1e-2, 1e30)}, lr=1e-2, epochs=2)
    tuned = pliant.tune(net, X, X[:, 0], **(HOW | {"trials": 4}))
    (reason,) = {t.reason for t in tuned.trials_ if t.status == "failed"}
    assert reason.startswith("loss became ")
    assert reason.endswith("lr 1e+30")
    with pytest.raises(FitError, match="all failed"):
        pliant.tune(Network(Dense, lr=1e30), X, X[:, 0], **(HOW | {"trials": 1}))


def test_a_fit_ends_when_its_seconds_are_over() -> None:
    blueprint = Network(Dense, epochs=10**6, patience=10**6).blueprint
    learner, rows = NetworkLearner(blueprint, Y), OwnRows.of(ArrayRows.of(X), Y)
    model = learner.fit(rows, blueprint.given(), Allowance(Deadline(0.1)))
    assert 1 <= model.card["epochs"] < 10**6
    splits = (Split(np.arange(60), np.arange(60, 90)),)
    scorer = get_scorer("accuracy")
    experiment = EstimatorExperiment(learner, rows, splits, scorer, Measure("accuracy"))
    candidate = Candidate(learner.name, "as given", blueprint.given())
    trial = Trial(0, candidate, "done", 0.9, 60, (Outcome(0.9, 0.1),))
    started = time.perf_counter()
    with SerialEngine() as engine:
        engine.start(experiment)
        _, model = refitted([trial], experiment, engine, Deadline(0.1))
    assert model.card["epochs"] < 10**6
    assert time.perf_counter() - started < 8


def test_it_keeps_the_contract_of_objectives() -> None:
    blueprint = Network(Dense, {"width": pliant.Int(2, 8)}, epochs=3).blueprint
    learner, rows = NetworkLearner(blueprint, Y), OwnRows.of(ArrayRows.of(X), Y)
    splits = (Split(np.arange(60), np.arange(60, 90)),)
    how = learner, rows, splits, get_scorer("accuracy"), Measure("accuracy")
    candidate = Candidate(learner.name, "as given", blueprint.given())
    check_objective(EstimatorExperiment(*how), candidate)


def test_a_learner_of_scikit_learn_brings_its_space() -> None:
    learner = pliant.sklearn.Learner(LogisticRegression(), {"C": pliant.Float(0.1, 10.0)})
    tuned = pliant.tune(learner, X, Y, **HOW)
    assert isinstance(tuned.best_estimator_, LogisticRegression)
    assert tuned.trials_[0].params == {"C": 1.0}
    with pytest.raises(ConfigError, match="a network to save, got LogisticRegression"):
        tuned.save("x.pliant")


@pytest.mark.parametrize(
    ("net", "x", "y", "said"),
    [
        (Network(Wide), X, Y, r"n_outputs = 1 columns, shape \(2, 1\) .* got shape \(2, 2\)"),
        (Network(Dense), X, None, "expected X and y after a model with a space of its own"),
        (Network(Dense), [["a"], ["b"]], [0, 1], "expected an array of numbers, got <U1"),
        (Network(Dense), X, Y[:5], "as many rows each"),
        (Network(Dense), X, X, r"a number a row, got y of shape \(90, 3\)"),
        (Network(Dense), X, ["same"] * 90, "class"),
        (LogisticRegression(), None, None, "expected an estimator, a space, X and y, got no space"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_trained(
    net: Any, x: Any, y: Any, said: str
) -> None:
    with pytest.raises((ConfigError, DataError), match=said):
        pliant.tune(net, *(value for value in (x, y) if value is not None), **HOW)
