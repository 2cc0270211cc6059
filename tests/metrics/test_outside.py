"""Metrics from outside: as objects, by name, by an entry point, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import make_scorer

import pliant
from few_folds import FEW
from fresh_python import run
from pliant.core.errors import ConfigError, PliantWarning
from pliant.data.target import Target
from pliant.metrics import metric_of, named, registry

COST = '''
import numpy as np
from sklearn.metrics import make_scorer


def cost(y_true, y_pred, sample_weight=None):
    """A "yes" that is missed costs 10, one that is none costs 1."""
    assert set(y_true) <= {"yes", "no"} >= set(y_pred)
    each = np.where(y_true == y_pred, 0, np.where(y_true == "yes", 10, 1))
    return np.average(each, weights=sample_weight)


COST = make_scorer(cost, greater_is_better=False)
'''

SCRIPT = """
import sys
from pathlib import Path

import pandas as pd
import pliant


def main(engine):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=300), "b": rng.choice(list("uvw"), 300)})
    y = np.where(X.a + (X.b == "u") + rng.normal(size=300) > 0, "yes", "no")
    settings = {"trials": 3, "models": ["additive", "linear"], "metric": COST}
    model = pliant.Classifier(engine=engine, n_jobs=2, journal="journal", **settings).fit(X, y)
    assert not any(t.status == "failed" for t in model.trials_), [t.reason for t in model.trials_]
    again = pliant.Classifier(journal="journal", **settings).fit(X, y)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert model.model_.card.metric == "neg_cost"
    assert 0 < model.model_.card.score < 2
    model.save("m.pliant")
    X.assign(y=y).to_csv("t.csv", index=False)


if __name__ == "__main__":
    main(sys.argv[1])
"""


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the registry as it was."""
    before = dict(registry._OUTSIDE)
    yield
    registry._OUTSIDE.clear()
    registry._OUTSIDE.update(before)


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("threads", marks=pytest.mark.slow),
        "local",
        pytest.param("ray", marks=pytest.mark.slow),
        pytest.param("dask", marks=pytest.mark.slow),
    ],
)
def test_a_metric_of_a_script_goes_all_the_way(engine: str, tmp_path: Path) -> None:
    """What chooses models, on the engine's workers, goes into the journal and the file by name."""
    (tmp_path / "script.py").write_text(COST + SCRIPT)
    run("script.py", engine, folder=tmp_path)
    said = run("-m", "pliant", "show", "m.pliant", folder=tmp_path)
    assert "cost 0." in said or "cost 1." in said


def test_the_command_line_takes_one_from_a_module_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "costs.py").write_text(COST)
    rng = np.random.default_rng(0)
    rows = "".join(f"{v:.3f},{'yes' if v > 0 else 'no'}\n" for v in rng.normal(size=300))
    (tmp_path / "t.csv").write_text("x,y\n" + rows)
    fit = ["fit", "t.csv", "-t", "y", "--trials", "2", "--workers", "2", "--engine", "local"]
    fit += ["--models", "additive"]
    fit += ["-o", "m.pliant"]
    said = run("-m", "pliant", *fit, "--metric", "costs:COST", folder=tmp_path)
    assert "cost 0" in said
    assert "cost" not in run("-m", "pliant", "score", "m.pliant", "t.csv", folder=tmp_path)


@pytest.mark.slow
def test_optimize_takes_one_from_a_module_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "costs.py").write_text(COST)
    rng = np.random.default_rng(0)
    rows = "".join(f"{v:.3f},{'yes' if v > 0 else 'no'}\n" for v in rng.normal(size=300))
    (tmp_path / "t.csv").write_text("x,y\n" + rows)
    fit = ["fit", "t.csv", "-t", "y", "--trials", "1", "--models", "additive", "-o", "m.pliant"]
    run("-m", "pliant", *fit, "--metric", "costs:COST", folder=tmp_path)
    smaller = ["optimize", "m.pliant", "--max-loss", "90%", "--budget", "3s", "--engine", "local"]
    said = run("-m", "pliant", *smaller, "--metric", "costs:COST", folder=tmp_path)
    assert "wrote m-fast.pliant" in said
    with pytest.raises(AssertionError, match="expected the metric 'neg_cost', which the model was"):
        run("-m", "pliant", *smaller, folder=tmp_path)


def test_the_entry_point_of_an_installed_package_is_a_metric(tmp_path: Path) -> None:
    place = tmp_path / "place"
    info = place / "outside-1.0.dist-info"
    info.mkdir(parents=True)
    (place / "outside.py").write_text(COST)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pliant.metrics]\nprice = outside:COST\n")
    rng = np.random.default_rng(0)
    rows = "".join(f"{v:.3f},{'yes' if v > 0 else 'no'}\n" for v in rng.normal(size=300))
    (tmp_path / "t.csv").write_text("x,y\n" + rows)
    fit = ["fit", "t.csv", "-t", "y", "--trials", "2", "--metric", "neg_price", "-o", "m.pliant"]
    fit += ["--models", "additive"]
    assert "price 0" in run("-m", "pliant", *fit, folder=tmp_path, path=str(place))
    said = run("-m", "pliant", "score", "m.pliant", "t.csv", folder=tmp_path, path=str(place))
    assert said.splitlines()[0].startswith("price ")


def f2(y_true: Any, y_pred: Any) -> float:
    return float(np.mean(y_true == y_pred))


def test_labels_are_those_of_y_and_chances_those_of_the_second() -> None:
    seen: list[tuple[Any, Any]] = []

    def watch(y_true: Any, y_pred: Any) -> float:
        seen.append((y_true.tolist(), y_pred.tolist()))
        return 0.5

    target = Target("binary", np.array([0, 1, 1], dtype=np.uint8), (False, True))
    chances = np.array([[0.1], [0.2], [0.9]])
    for i, method in enumerate(("predict", "predict_proba")):
        scorer = make_scorer(watch, response_method=method)
        metric = metric_of(pliant.register_metric(scorer, name=f"watch{i}"), "binary")
        assert metric(target, chances, None) == 0.5
    assert seen[0] == ([False, True, True], [False, False, True])
    assert seen[1] == ([False, True, True], pytest.approx([0.1, 0.2, 0.9]))


def test_a_loss_has_a_name_and_a_best_score_as_those_of_scikit_learn() -> None:
    assert pliant.register_metric(make_scorer(f2, greater_is_better=False)) == "neg_f2"
    loss = metric_of("neg_f2", "binary")
    assert (loss.label, loss.shown(-0.25), loss.loss(-0.25)) == ("f2", 0.25, 0.25)
    gain = metric_of(pliant.register_metric(make_scorer(f2), name="gain", best=10.0), "binary")
    assert (gain.label, gain.loss(4.0), gain.score_of(6.0)) == ("gain", 6.0, 4.0)


def test_weights_reach_the_function() -> None:
    def share(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        return float(np.average(y_true == y_pred, weights=sample_weight))

    metric = metric_of(pliant.register_metric(make_scorer(share)), "regression")
    target = Target("regression", np.array([1.0, 2.0]), ())
    assert metric(target, np.array([[1.0], [3.0]]), np.array([3.0, 1.0])) == 0.75


def test_a_scorer_object_is_registered_where_it_is_given() -> None:
    assert named(make_scorer(f2)) == "f2"
    assert named(make_scorer(f2)) == "f2"  # once more is the same
    assert named("accuracy") == "accuracy"
    assert named(None) is None


def test_what_is_no_metric_is_said() -> None:
    with pytest.raises(ConfigError, match=r"such as sklearn\.metrics\.make_scorer\(f\), got 7"):
        pliant.Classifier(trials=1, metric=7, cv=FEW).fit([[0.0], [1.0]] * 9, [0, 1] * 9)
    with pytest.raises(ConfigError, match="there is a metric 'accuracy'"):
        pliant.register_metric(make_scorer(f2), name="accuracy")
    with pytest.raises(ConfigError, match="a name of one word, got 'my score'"):
        pliant.register_metric(make_scorer(f2), name="my score")
    pliant.register_metric(make_scorer(f2))
    with pytest.raises(ConfigError, match="there is a metric 'f2'"):
        pliant.register_metric(make_scorer(np.mean), name="f2")
    with pytest.raises(ConfigError, match="MODULE:NAME, got 'absent:f', but: No module"):
        named("absent:f")
    with pytest.raises(ConfigError, match="expected a metric 'absent' in"):
        named("pliant.testing:absent")


def test_an_entry_point_that_is_none_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name, value = "broken", "nowhere:at_all"

        def load(self) -> Any:
            raise ImportError("No module named 'nowhere'")

    monkeypatch.setattr(registry, "entry_points", lambda group: [Broken()])
    registry._installed_ones.cache_clear()
    with pytest.warns(PliantWarning, match="'nowhere:at_all' of an installed package is left out"):
        registry._installed_ones()
