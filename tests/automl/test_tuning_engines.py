"""Tuning on every engine: the same result, faults that are failed trials, journals, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

import pliant
from fresh_python import ENVIRONMENT, run
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, FitError

X, y = load_iris(return_X_y=True)
SLOW = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
APART = ["local", pytest.param("ray", marks=SLOW), pytest.param("dask", marks=SLOW)]
SPACE = {
    "max_depth": pliant.Int(1, 8),
    "min_samples_leaf": pliant.Int(1, 20, log=True),
    "criterion": pliant.Choice("gini", "entropy"),
}


def tuned(engine: str, **settings: Any) -> Any:
    settings = {"trials": 8, "random_state": 3, "n_jobs": 2} | settings
    return pliant.tune(RandomForestClassifier(5), SPACE, X, y, engine=engine, **settings)


def said(found: Any) -> list[tuple[Any, float, str]]:
    return [(dict(t.params), t.score, t.status) for t in found.trials_]


@pytest.mark.parametrize("engine", ["threads", *APART])
def test_every_engine_finds_the_same(engine: str) -> None:
    here, there = tuned("serial", n_jobs=1), tuned(engine)
    assert said(here) == said(there)
    assert np.array_equal(here.predict_proba(X), there.predict_proba(X))


SCRIPT = """
import sys
import numpy as np, pliant
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.metrics import make_scorer

class Centres(ClassifierMixin, BaseEstimator):
    def __init__(self, power=2.0):
        self.power = power
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.centres_ = np.array([X[y == c].mean(axis=0) for c in self.classes_])
        return self
    def predict(self, X):
        gaps = np.abs(X[:, None] - self.centres_) ** self.power
        return self.classes_[gaps.sum(axis=2).argmin(axis=1)]

def hits(y_true, y_pred):
    return float(np.mean(y_true == y_pred))

X, y = load_iris(return_X_y=True)
space = {"power": pliant.Float(0.5, 4.0)}
metric = make_scorer(hits)
settings = {"trials": 4, "engine": sys.argv[1], "n_jobs": 2, "journal": "kept", "metric": metric}
tuned = pliant.tune(Centres(), space, X, y, **settings)
print(type(tuned.best_estimator_) is Centres, tuned.best_score_ > 0.9, len(tuned.predict(X)))
print([f"{t.seconds:.9f}" for t in tuned.trials_])
"""


@pytest.mark.parametrize("engine", [pytest.param("threads", marks=pytest.mark.slow), *APART])
def test_an_estimator_of_a_script_is_tuned_and_kept_in_a_journal(
    engine: str, tmp_path: Path
) -> None:
    """Its class and its metric are the script's own; the second call fits nothing but the end."""
    (tmp_path / "script.py").write_text(SCRIPT)
    first, second = (run("script.py", engine, folder=tmp_path).splitlines() for _ in range(2))
    assert first[0] == "True True 150"
    assert first[:2] == second[:2]  # what Dask says of its ports comes behind
    assert sorted(path.name for path in (tmp_path / "kept").glob("*.trial"))[-1] == "00003.trial"


class Counted(RandomForestClassifier):
    """Counts its fits, and is told Ctrl-C in one of them."""

    fits = 0
    last = 10**9

    def fit(self, X: Any, y: Any) -> Any:
        type(self).fits += 1
        if self.fits > self.last:
            raise KeyboardInterrupt
        return super().fit(X, y)


def test_what_was_interrupted_goes_on_from_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(journal: str) -> Any:
        monkeypatch.setattr(Counted, "fits", 0)
        settings: dict[str, Any] = {"trials": 6, "engine": "serial", "journal": tmp_path / journal}
        return pliant.tune(Counted(5), SPACE, X, y, **settings)

    whole = counted("whole")
    fits = Counted.fits
    monkeypatch.setattr(Counted, "last", 9)
    with pytest.raises(KeyboardInterrupt):  # by the fit on all rows, too
        counted("cut")
    monkeypatch.setattr(Counted, "last", 10**9)
    assert said(counted("cut")) == said(whole)
    assert Counted.fits < fits
    counted("whole")
    assert Counted.fits == 1  # on all rows
    with pytest.raises(ConfigError, match="is of one with another space"):
        pliant.tune(
            Counted(5), {"max_depth": pliant.Int(1, 8)}, X, y, trials=6, journal=tmp_path / "whole"
        )


class Handle:
    """Stays in the process that made it."""

    def __deepcopy__(self, memo: Any) -> Handle:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("a handle cannot leave its process")


class Holds(RandomForestClassifier):
    """Has a parameter that cannot be pickled."""

    def __init__(self, handle: Any = None, max_depth: int = 1) -> None:
        super().__init__(2, max_depth=max_depth)
        self.handle = handle


@pytest.mark.parametrize("engine", ["auto", "serial", "threads", *APART])
def test_what_cannot_be_pickled_is_tuned_here_and_refused_elsewhere(engine: str) -> None:
    def hold() -> Any:
        space = {"max_depth": pliant.Int(1, 3)}
        return pliant.tune(Holds(Handle()), space, X, y, trials=2, engine=engine, n_jobs=2)

    if engine in ("auto", "serial", "threads"):
        assert len(hold().trials_) == 2
    else:
        with pytest.raises(
            ConfigError, match=f"can be pickled for the engine '{engine}', but: a handle cannot"
        ):
            hold()


class Grows(RandomForestClassifier):
    """Cannot be pickled once it is fitted."""

    def fit(self, X: Any, y: Any) -> Any:
        self.handle_ = Handle()
        return super().fit(X, y)


@pytest.mark.filterwarnings("ignore:.*could not be fitted on all rows")
def test_a_fitted_estimator_that_cannot_come_back_is_said() -> None:
    with pytest.raises(FitError, match="fitted on all rows, but: TypeError: a handle cannot leave"):
        pliant.tune(Grows(2), {"max_depth": pliant.Int(1, 3)}, X, y, trials=2, engine="local")


class Harmful(ClassifierMixin, BaseEstimator):
    """Does harm on request."""

    def __init__(self, harm: str = "none") -> None:
        self.harm = harm

    def fit(self, X: Any, y: Any) -> Harmful:
        if self.harm == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.harm == "wait":
            time.sleep(10_000)
        while self.harm == "hang":
            time.process_time()
        kept = []
        while self.harm == "devour":
            kept.append(bytearray(b"x") * 20_000_000)
            time.sleep(0.01)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "reason", "settings"),
    [
        ("crash", "its process ended by SIGSEGV", {"trials": 4}),
        ("wait", "its process stood still", {"trials": 2}),
        ("hang", "did not end in time", {"budget": "60s", "trials": 2}),
        ("devour", "memory", {"trials": 4, "memory": "2GB"}),
    ],
)
def test_harm_is_a_failed_trial_where_there_are_processes(
    harm: str, reason: str, settings: dict[str, Any]
) -> None:
    space = {"harm": pliant.Choice(harm)}
    found = pliant.tune(Harmful(), space, X, y, engine="local", n_jobs=2, **settings)
    assert [t.status for t in found.trials_][:2] == ["done", "failed"]
    assert all(reason in t.reason for t in found.trials_ if t.status == "failed")
    assert found.best_params_ == {"harm": "none"}


INTERRUPTED = """
import sys, time
import pliant
from sklearn.dummy import DummyClassifier
print("top level", flush=True)
class Slow(DummyClassifier):
    def __init__(self, strategy="prior", seconds=0.3):
        super().__init__(strategy=strategy)
        self.seconds = seconds
    def fit(self, X, y):
        time.sleep(self.seconds)
        return super().fit(X, y)
X, y = [[0.0]] * 60, [0, 1, 1] * 20
slow = Slow(seconds=float(sys.argv[2]))
space = {"strategy": pliant.Choice("prior", "most_frequent")}
settings = {"trials": 500, "engine": sys.argv[1], "n_jobs": 2, "journal": "kept"}
tuned = pliant.tune(slow, space, X, y, **settings)
print("score", tuned.best_score_, len(tuned.trials_))
"""


def interrupted(folder: Path, engine: str, seconds: float, trials: int) -> tuple[int, str]:
    """Return the exit status of a script that gets Ctrl-C after so many trials, and what it said;
    with none, a while after it has begun.
    """
    (folder / "script.py").write_text(INTERRUPTED)
    command = [sys.executable, str(folder / "script.py"), engine, str(seconds)]
    environment = ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        cwd=folder,
        env=environment,
    ) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == "top level\n"
        deadline = Deadline(120.0)
        while trials and not (folder / "kept" / f"{trials - 1:05}.trial").exists():
            assert deadline.remaining() > 0
            time.sleep(0.05)
        time.sleep(0.0 if trials else 6.0)
        os.killpg(script.pid, signal.SIGINT)
        out = script.stdout.read()
    return script.returncode, out


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["serial", "threads", *APART])
def test_ctrl_c_ends_a_tuning_with_what_there_is(engine: str, tmp_path: Path) -> None:
    status, out = interrupted(tmp_path, engine, 0.2, trials=2)
    assert status == 0
    word, score, n_trials = out.split()
    assert (word, float(score) > 0.6) == ("score", True)
    assert 2 <= int(n_trials) < 100


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["serial", "threads", "local"])
def test_ctrl_c_before_a_trial_is_over_is_ctrl_c(engine: str, tmp_path: Path) -> None:
    status, out = interrupted(tmp_path, engine, 5.0, trials=0)
    assert (status, out) == (-signal.SIGINT, "")
