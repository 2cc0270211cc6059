"""Training in a process that was forked from one that had trained with OpenMP."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from pliant.core.deadline import Deadline
from pliant.core.forked import in_a_new_thread

LEARN = """
import os, sys, warnings
import numpy as np, lightgbm
from pliant.core.deadline import Deadline
from pliant.core.forked import with_own_threads
X = np.random.default_rng(0).normal(size=(2000, 6))
y = X[:, 0] > 0
told = {"num_threads": 2, "verbose": -1}
def learn():
    booster = lightgbm.train(told, lightgbm.Dataset(X, y, params=told), 3)
    return booster.num_trees()
here = with_own_threads(learn, Deadline(None))
warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    os._exit(0 if with_own_threads(learn, Deadline(30)) == here else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

SCRIPT = """
import os, sys, warnings
import numpy as np, pliant
X = np.random.default_rng(0).normal(size=(2000, 6))
y = X[:, 0] + X[:, 1] * X[:, 2] > 0
def fit():
    model = pliant.Classifier(trials=1, models=["{family}"], engine="serial", n_jobs=2).fit(X, y)
    return model.model_.card.score
here = fit()
warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    os._exit(0 if fit() == here else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


TUNE = """
def fit():
    from lightgbm import LGBMClassifier
    learner = LGBMClassifier(n_estimators=5, n_jobs=2, verbose=-1)
    return pliant.tune(learner, {"num_leaves": pliant.Int(4, 8)}, X, y, trials=2).best_score_
here"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_learns_with_threads_of_its_own() -> None:
    pytest.importorskip("lightgbm")
    forks(LEARN)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("family", ["lightgbm", "xgboost"])
def test_a_forked_process_fits_as_its_parent_did(family: str) -> None:
    pytest.importorskip(family)
    forks(SCRIPT.format(family=family))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_tunes_as_its_parent_did() -> None:
    pytest.importorskip("lightgbm")
    forks(SCRIPT.replace("\nhere", TUNE))


def forks(script: str) -> None:
    wait = {"OMP_WAIT_POLICY": "PASSIVE"}  # else two threads on a busy machine spin for minutes
    environment = wait | {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=240,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def thread() -> int:
    return threading.get_ident()


WHERE = """
import os, sys, threading
from pliant.core.deadline import Deadline
from pliant.core.forked import with_own_threads

def elsewhere():
    return with_own_threads(threading.get_ident, Deadline(None)) != threading.get_ident()

assert not elsewhere()
child = os.fork()
if not child:
    os._exit(7 if elsewhere() else 0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


def test_only_there_work_goes_to_a_new_thread() -> None:
    forks(WHERE)
    assert in_a_new_thread(thread, Deadline(None)) != thread()
    with pytest.raises(ZeroDivisionError):
        in_a_new_thread(lambda: 1 // 0, Deadline(None))


def test_work_that_never_ends_is_left_alone() -> None:
    deadline, over = Deadline(None), threading.Event()
    with pytest.raises(TimeoutError, match="did not end in time"):
        in_a_new_thread(lambda: over.wait(30), Deadline(0.1), grace_seconds=0.1)
    assert deadline.elapsed() < 10
    over.set()
    time.sleep(0.05)
