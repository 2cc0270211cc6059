"""Networks as members: trained within their time, the same for a seed, left as data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import torch
from nets import Bessel, Layered, Plain, Wide, build

import pliant
from few_folds import FEW
from fresh_python import run
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, ExportError, FitError, MissingLibraryError
from pliant.models.base import Allowance
from pliant.models.foreign.networks.adamw import AdamW
from pliant.models.foreign.networks.examples import Examples
from pliant.models.foreign.networks.graph import expect_equal, program_of
from pliant.models.foreign.networks.loop import Trainer
from pliant.models.foreign.networks.settings import Training
from pliant.models.foreign.networks.turns import Turns
from pliant.models.foreign.parameters import Parameters
from pliant.models.registry import FAMILIES
from pliant.testing import check_family, family_data, fit_quickly
from pliant.torch import Network

SPACE = {"width": pliant.Choice(4, 8, 16), "lr": pliant.Float(1e-3, 1e-1, log=True)}


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the registry as it was."""
    before = dict(FAMILIES)
    yield
    FAMILIES.clear()
    FAMILIES.update(before)


@pytest.mark.parametrize(
    ("network", "task"),
    [
        (Network(Plain, SPACE, epochs=3), "binary"),
        (Network(Plain, SPACE, epochs=3), "multiclass"),
        (Network(Layered, epochs=3), "regression"),
        (Network(build, {"depth": pliant.Int(1, 3)}, epochs=3), "regression"),
    ],
)
def test_it_keeps_the_contract_of_families(network: Network, task: Any) -> None:
    check_family(network, task)


def examples(n: int = 60, task: Any = "binary") -> Examples:
    data = family_data(task, n)
    inputs = data.train.X.astype(np.float32) / 128 - 1
    return Examples((inputs,), data.train.target)


@pytest.mark.parametrize(
    ("kind", "ops"),
    [
        (Plain, ["dense", "dense", "mix", "affine", "dense", "dense"]),
        (build, ["dense", "dense"]),
        (Layered, ["onnx"]),
    ],
)
def test_a_network_becomes_ops_or_a_graph(kind: Any, ops: list[str]) -> None:
    rows = examples()
    network = kind(4, 1)
    Trainer(Training(epochs=2), Turns(0, 1), 0, Deadline(None)).fit(network, rows, None)
    program = program_of(network, rows, ("inputs",))
    assert [op.name for op in program] == ops
    expect_equal(program, network, rows, ("inputs",))
    with torch.no_grad():
        for weight in network.parameters():
            weight += 0.1
    with pytest.raises(ConfigError, match="does the same when it is written to a file, but"):
        expect_equal(program, network, rows, ("inputs",))


def test_the_best_epoch_is_kept_and_patience_ends() -> None:
    data, config = family_data("binary"), Parameters({"lr": 0.1})
    network = Network(Plain, SPACE, epochs=40, patience=3)
    fitted = network.fit(data, config, Allowance(Deadline(None)))
    assert fitted.trained == min(fitted.rounds + 3, 40)
    assert fitted.finished
    as_long = network.fit(data, config, Allowance(Deadline(None), rounds=fitted.rounds))
    assert np.array_equal(as_long.predict(data.valid.X), fitted.predict(data.valid.X))


def test_time_ends_an_epoch_after_a_batch() -> None:
    now = [0.0]

    def ticking() -> float:
        now[0] += 1.0
        return now[0]

    rows = examples(240)
    training = Training(epochs=100, batch_size=16)
    trainer = Trainer(training, Turns(0, 1), 0, Deadline(13.5, ticking))
    trained = trainer.fit(Plain(4, 1), rows, rows)
    assert (trained.rounds, trained.trained, trained.finished) == (1, 2, False)  # 10 batches each
    stopped = Deadline(None)
    stopped.stop()
    assert not Trainer(training, Turns(0, 1), 0, stopped).fit(Plain(4, 1), rows, rows).finished


def test_a_loss_that_is_no_number_is_said() -> None:
    data = family_data("regression")
    with pytest.raises(FitError, match=r"loss became (NaN|infinite) at epoch \d, lr 1e\+30"):
        fit_quickly(Network(build, lr=1e30, epochs=3), data)


@pytest.mark.slow
def test_its_steps_are_those_of_pytorch() -> None:
    ours, theirs = (torch.nn.Linear(3, 2) for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    own = AdamW(ours.parameters(), 0.01, 0.1)
    reference = torch.optim.AdamW(theirs.parameters(), lr=0.01, weight_decay=0.1)
    rows = torch.arange(12.0).reshape(4, 3) / 12
    for _ in range(5):
        own.forget()
        reference.zero_grad()
        for network in (ours, theirs):
            (network(rows) ** 2).mean().backward()
        own.step()
        reference.step()
    torch.testing.assert_close(ours.weight, theirs.weight)


def test_fits_beside_each_other_draw_their_own_numbers() -> None:
    data, network = family_data("binary"), Network(Plain, epochs=4)
    alone = fit_quickly(network, data).predict(data.train.X)
    torch.manual_seed(7)
    before = torch.get_rng_state()
    made: list[Any] = []
    threads = [
        Thread(target=lambda: made.append(fit_quickly(network, data).predict(data.train.X)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(predictions, alone) for predictions in made)
    assert torch.equal(torch.get_rng_state(), before)


SCRIPT = """
import numpy as np, pliant, torch


class Net(torch.nn.Module):
    def __init__(self, n_inputs, n_outputs, width=4):
        super().__init__()
        self.a, self.b = torch.nn.Linear(n_inputs, width), torch.nn.Linear(width, n_outputs)

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))


if __name__ == "__main__":
    X = np.random.default_rng(0).normal(size=(200, 2))
    net = pliant.torch.Network(Net, {"width": pliant.Int(2, 8)}, epochs=20, lr=0.05)
    how = {"models": [net], "trials": 2, "n_jobs": 2, "cv": 2}
    model = pliant.Classifier(engine="local", **how).fit(X, X[:, 0] > 0)
    here = pliant.Classifier(engine="serial", **how).fit(X, X[:, 0] > 0)
    assert np.array_equal(model.predict_proba(X), here.predict_proba(X))
    print(model.trials_[0].status, model.score(X, X[:, 0] > 0) > 0.9)
    model.save("m.pliant")
"""


@pytest.mark.slow
def test_one_of_a_script_goes_to_other_processes_and_its_file_needs_no_torch(
    tmp_path: Path,
) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    assert "done True" in run("script.py", folder=tmp_path)
    asked = "import pliant, sys; print(pliant.load('m.pliant').predict({'x0': 2.0, 'x1': 0.0}))"
    asked += "; assert 'torch' not in sys.modules"
    assert "True" in run("-c", asked, folder=tmp_path)


def test_it_is_a_member_like_any_other(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(160, 3))
    y = X[:, 0] * X[:, 1] > 0
    settings: dict[str, Any] = {"trials": 3, "cv": FEW, "journal": tmp_path / "journal"}
    models = ["additive", Network(Layered, {"width": SPACE["width"]}, epochs=25, lr=0.02)]
    model = pliant.Classifier(models=models, **settings).fit(X, y)
    assert {t.candidate.family for t in model.trials_} == {"additive", "Layered"}
    again = pliant.Classifier(models=models, **settings).fit(X, y)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    model.save(tmp_path / "m.pliant")
    loaded = pliant.load(tmp_path / "m.pliant")
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert "Layered" in {member.family for member in loaded.members}
    with pytest.raises(ExportError, match="a graph by itself: fit without that network"):
        pliant.export(loaded, tmp_path / "m.onnx")


def test_what_makes_no_sense_is_refused_where_it_is_named() -> None:
    said = r"expected parameters of Plain or of its training \(epochs, lr, .*have no 'depth'"
    with pytest.raises(ConfigError, match=said):
        Network(Plain, {"depth": pliant.Int(1, 2)})
    with pytest.raises(ConfigError, match="expected 'width' to be a Float, Int or Choice"):
        Network(Plain, {"width": (1, 2)})  # type: ignore[dict-item]
    with pytest.raises(ConfigError, match="or a function that returns one, got an object of Plain"):
        Network(Plain(2, 1))


def test_libraries_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingLibraryError, match=r'needs onnxruntime, .* "pliant\[onnx\]"'):
        fit_quickly(Network(Layered), family_data("binary"))
    assert fit_quickly(Network(Plain, epochs=1), family_data("binary")).rounds == 1
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingLibraryError, match=r'need torch, .* "pliant\[torch\]"'):
        Network(Plain)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Wide, r"n_outputs = 1 columns, shape \(2, 1\) of 2 rows, got shape \(2, 2\)"),
        (Bessel, "expected a network that can be exported to ONNX, but"),
    ],
)
def test_what_cannot_leave_is_refused_before_it_is_trained(kind: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        fit_quickly(Network(kind), family_data("binary"))
