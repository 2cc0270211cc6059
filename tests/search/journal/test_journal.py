"""The journal: what is finished is kept, the same fit goes on, and no other one."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from few_folds import FEW
from pliant import Classifier, ConfigError, ModelFileError, PliantWarning, SaveError
from pliant.models.additive import AdditiveConfig
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.search.journal import Journal, JournalEntry
from pliant.testing import small_experiment
from pliant.training.records import Candidate, Job, Trial
from pliant.training.trainer import train

IDENTITY = {"table": "t", "seed": 0}
TRIALS = 6
FIT = """
import sys, numpy as np, pliant
X = np.random.default_rng(0).normal(size=(2000, 6))
y = X[:, 0] + X[:, 1] * X[:, 2] > 0
fit = dict(trials=6, models=["neighbours", "linear"], n_jobs=1)
pliant.Classifier(journal=sys.argv[1], **fit).fit(X, y).save(sys.argv[2])
"""


def step(family: str, number: int = 0) -> JournalEntry:
    config = default_config(FAMILIES[family])
    candidate = Candidate(family, "default", config)
    study = small_experiment(2)
    outcomes = tuple(train(Job(candidate, split, seconds=5.0, rounds=5), study) for split in (0, 1))
    score = float(np.mean([o.score for o in outcomes]))
    trial = Trial(number, candidate, "done", score, 150, outcomes, "", 0.25)
    return JournalEntry(replace(candidate, label="proposed"), trial, 1.5)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_trial_comes_back_as_it_was(family: str, tmp_path: Path) -> None:
    kept = step(family)
    with Journal(tmp_path, IDENTITY) as journal:
        journal.record(kept)
        assert not journal.more
    with Journal(tmp_path, IDENTITY) as journal:
        assert journal.more
        found = journal.recall(kept.proposed)
        assert journal.recall(kept.proposed) is None
    assert found is not None
    assert found.proposed == kept.proposed
    assert found.elapsed == kept.elapsed
    assert replace(found.trial, outcomes=()) == replace(kept.trial, outcomes=())
    study = small_experiment(2)
    for ours, theirs in zip(kept.trial.outcomes, found.trial.outcomes, strict=True):
        assert ours.score == theirs.score
        assert (ours.rounds, ours.trained) == (theirs.rounds, theirs.trained)
        assert np.array_equal(ours.predictions, theirs.predictions)
        assert ours.fitted is not None
        assert theirs.fitted is not None
        members = [study.pipeline(0, "plain", fitted) for fitted in (ours.fitted, theirs.fitted)]
        here, there = (member.predict(study.table.coded) for member in members)
        assert np.array_equal(here, there)


def test_a_failed_trial_comes_back_too(tmp_path: Path) -> None:
    candidate = Candidate("additive", "bad", AdditiveConfig())
    outcome = train(Job(replace(candidate, config=None), 0), small_experiment())
    kept = JournalEntry(
        candidate, Trial(0, candidate, "failed", -np.inf, 0, (outcome,), "why"), 0.0
    )
    with Journal(tmp_path, IDENTITY) as journal:
        journal.record(kept)
    with Journal(tmp_path, IDENTITY) as journal:
        found = journal.recall(candidate)
    assert found is not None
    assert found.trial.score == -np.inf
    assert found.trial.outcomes[0].reason == outcome.reason


def test_another_process_is_kept_out(tmp_path: Path) -> None:
    code = "import sys; from pliant.search.journal import Journal; Journal(sys.argv[1], {})"
    with Journal(tmp_path, IDENTITY):
        command = [sys.executable, "-c", code, str(tmp_path)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "to be free, but another process is at work on it" in run.stderr


def test_another_fit_is_kept_out(tmp_path: Path) -> None:
    with Journal(tmp_path, IDENTITY):
        pass
    with pytest.raises(ConfigError, match="it is of one with another seed"):
        Journal(tmp_path, {"table": "t", "seed": 1})


def test_another_table_is_kept_out(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    model = Classifier(trials=1, models=["additive"], journal=tmp_path, cv=FEW)
    model.fit(X, X[:, 0] > 0)
    with pytest.raises(ConfigError, match="another table"):
        model.fit(X, X[:, 1] > 0)


def test_damage_is_named(tmp_path: Path) -> None:
    with Journal(tmp_path, IDENTITY) as journal:
        journal.record(step("additive"))
    path = tmp_path / "00000.trial"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    said = (
        r"expected a whole trial file, but .*00000\.trial .*: remove it, and that trial is fitted"
    )
    with pytest.raises(ModelFileError, match=said):
        Journal(tmp_path, IDENTITY)
    path.write_bytes(whole)
    (tmp_path / "fit.json").write_text("[]x")
    with pytest.raises(ModelFileError, match=r"fit\.json to say what is fitted"):
        Journal(tmp_path, IDENTITY)


def test_a_removed_trial_is_fitted_again(tmp_path: Path) -> None:
    with Journal(tmp_path, IDENTITY) as journal:
        for family in ("additive", "linear"):
            journal.record(step(family))
    (tmp_path / "00000.trial").unlink()
    with Journal(tmp_path, IDENTITY) as journal:
        assert journal.recall(step("additive").proposed) is None
        assert journal.recall(step("linear").proposed) is not None
        journal.record(step("additive"))
    assert kept_in(tmp_path) == ["00001.trial", "00002.trial"]
    with Journal(tmp_path, IDENTITY) as journal:
        assert journal.recall(step("additive").proposed) is not None
    assert optuna_has(tmp_path) == ["linear default", "additive default"]


def kept_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.endswith("trial"))


def optuna_has(folder: Path) -> list[str]:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    storage = optuna.storages.JournalStorage(JournalFileBackend(str(folder / "optuna.log")))
    study = optuna.load_study(study_name="pliant", storage=storage)
    return [t.user_attrs["model"] for t in study.trials]


@pytest.fixture
def three(tmp_path: Path) -> Path:
    with Journal(tmp_path / "j", IDENTITY) as journal:
        for family in ("additive", "linear", "additive"):
            journal.record(step(family))
    return tmp_path / "j"


THREE = ["additive default", "linear default", "additive default"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda log: log[:-20],
        lambda log: log[:40],
        lambda log: log[:-1],
        lambda log: b"",
        lambda log: bytes(len(log)),
        lambda log: log.replace(b"{", b"[", 1),
        lambda log: b"[]\n" + log,
        lambda log: log[: log.index(b"\n") + 1] + bytes(400) + b"\n",
        lambda log: b"\xff\xfe" + log,
        lambda log: log.partition(b"\n")[2],
        lambda log: log + log[log.index(b"\n") + 1 :],
        lambda log: log.replace(b'"linear default"', b'"other default"'),
        lambda log: log.replace(b'"op_code"', b'"code"'),
    ],
)
def test_a_damaged_second_copy_is_written_anew(
    damage: Callable[[bytes], bytes], three: Path
) -> None:
    log = three / "optuna.log"
    log.write_bytes(damage(log.read_bytes()))
    with Journal(three, IDENTITY) as journal:
        journal.record(step("linear"))
    assert optuna_has(three) == [*THREE, "linear default"]


@pytest.mark.parametrize("leads", ["j/optuna.log", "optuna.log"])
def test_a_lock_that_optuna_left_holds_nobody_up(leads: str, three: Path) -> None:
    lock = three / "optuna.log.lock"
    lock.symlink_to(leads)
    start = time.perf_counter()
    with Journal(three, IDENTITY) as journal:
        journal.record(step("linear"))
        lock.symlink_to(leads)  # a dashboard that is killed meanwhile
        journal.record(step("additive"))
        assert not lock.is_symlink()
    assert time.perf_counter() - start < 3
    assert optuna_has(three) == [*THREE, "linear default", "additive default"]


def test_what_killed_processes_left_is_removed(three: Path) -> None:
    (three / ".00003.trial.0123456789ab").write_bytes(b"half")
    with Journal(three, IDENTITY):
        pass
    assert [p.name for p in three.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(
    code: int, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fit goes on; two at once are found out when both write the same trial."""

    def refuse(file: object, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", refuse)
    with Journal(three, IDENTITY) as one, Journal(three, IDENTITY) as other:
        one.record(step("linear"))
        with pytest.raises(ConfigError, match="another process is at work on it"):
            other.record(step("linear"))
    assert len(kept_in(three)) == 4


def test_a_link_to_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("far")
    with Journal(tmp_path / "link", IDENTITY) as journal:
        journal.record(step("additive"))
    assert kept_in(tmp_path / "far") == ["00000.trial"]


def test_a_full_disk_is_warned_of_once_and_the_fit_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    settings = {"trials": 4, "models": ["additive", "linear"], "n_jobs": 1}
    whole = Classifier(**settings, cv=FEW).fit(X, X[:, 0] > 0)
    sync, left = os.fsync, iter(range(8))

    def full(handle: int) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(handle)

    monkeypatch.setattr(os, "fsync", full)
    said = r"expected to write .*, but: No space left on device; the fit goes on"
    with pytest.warns(PliantWarning, match=said) as told:
        model = Classifier(journal=tmp_path / "j", **settings, cv=FEW).fit(X, X[:, 0] > 0)
    monkeypatch.undo()
    assert len(told) == 1
    assert 0 < len(kept_in(tmp_path / "j")) < 4
    again = Classifier(journal=tmp_path / "j", **settings, cv=FEW).fit(X, X[:, 0] > 0)
    assert len(kept_in(tmp_path / "j")) == 4
    assert sorted(optuna_has(tmp_path / "j")) == sorted(t.candidate.name for t in whole.trials_)
    for made in (model, again):
        assert np.array_equal(made.predict_proba(X), whole.predict_proba(X))


def test_a_disk_that_is_full_from_the_start_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match=r"fit\.json, but: No space left on device"):
        Journal(tmp_path / "j", IDENTITY)
    assert [p.name for p in (tmp_path / "j").iterdir()] == ["lock"]


def test_a_second_copy_that_cannot_be_written_is_warned_of(three: Path) -> None:
    (three / "optuna.log").unlink()
    (three / "optuna.log").mkdir()
    with pytest.warns(PliantWarning, match=r"optuna\.log, but: Is a directory"):
        journal = Journal(three, IDENTITY)
    with journal:
        journal.record(step("linear"))
    assert len(kept_in(three)) == 4


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="expected to write"):
        Journal(tmp_path / "file" / "journal", IDENTITY)


def test_optuna_opens_the_study(tmp_path: Path) -> None:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    X = np.random.default_rng(0).normal(size=(300, 3))
    model = Classifier(trials=3, models=["additive", "lightgbm"], journal=tmp_path, cv=FEW)
    model.fit(X, X[:, 0] > 0)
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(tmp_path / "optuna.log")))
    study = optuna.load_study(study_name="pliant", storage=storage)
    names = [t.candidate.name for t in model.trials_]
    assert [t.user_attrs["model"] for t in study.trials] == names
    assert study.best_value == max(t.score for t in model.trials_)
    assert json.loads(study.trials[0].user_attrs["config"])


def test_without_optuna_there_is_no_second_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pliant.search.journal.journal.find_spec", lambda name: None)
    kept = step("additive")
    with Journal(tmp_path, IDENTITY) as journal:
        journal.record(kept)
    with Journal(tmp_path, IDENTITY) as journal:
        assert journal.recall(kept.proposed) is not None
    assert not (tmp_path / "optuna.log").exists()


def test_the_same_fit_again_fits_nothing_again(tmp_path: Path) -> None:
    """What is fitted is written, so no file is touched."""
    X = np.random.default_rng(0).normal(size=(3000, 3))
    settings = {"trials": 4, "models": ["additive", "lightgbm"], "n_jobs": 1}
    first = Classifier(journal=tmp_path / "j", **settings, cv=FEW).fit(X, X[:, 0] > 0)
    written = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "j").glob("*.trial")}
    second = Classifier(journal=tmp_path / "j", **settings, cv=FEW).fit(X, X[:, 0] > 0)
    assert len(written) == 4
    assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "j").glob("*.trial")} == written
    first.save(tmp_path / "a.pliant")
    second.save(tmp_path / "b.pliant")
    assert (tmp_path / "a.pliant").read_bytes() == (tmp_path / "b.pliant").read_bytes()


def test_more_trials_go_on_from_fewer(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(400, 3))
    settings = {"models": ["additive", "lightgbm"], "n_jobs": 1, "journal": tmp_path / "j"}
    Classifier(trials=2, **settings, cv=FEW).fit(X, X[:, 0] > 0)
    more = Classifier(trials=5, **settings, cv=FEW).fit(X, X[:, 0] > 0)
    assert [t.number for t in more.trials_] == list(range(5))
    assert len(list((tmp_path / "j").glob("*.trial"))) == 5


def test_time_that_was_spent_counts(tmp_path: Path) -> None:
    """A fit of two seconds that is called again does not get two more."""
    X = np.random.default_rng(0).normal(size=(300, 3))
    settings = {"budget": "3s", "models": ["additive", "lightgbm"], "journal": tmp_path}
    first = Classifier(**settings, cv=FEW).fit(X, X[:, 0] > 0)
    start = time.perf_counter()
    second = Classifier(**settings, cv=FEW).fit(X, X[:, 0] > 0)
    assert time.perf_counter() - start < 2.5
    assert len(second.trials_) >= len(first.trials_)


def killed(journal: Path, model: Path, after: float) -> bool:
    """Fit in a process that is killed after some seconds; return whether it was."""
    run = subprocess.Popen([sys.executable, "-c", FIT, str(journal), str(model)])
    try:
        run.wait(after)
    except subprocess.TimeoutExpired:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        return True
    assert run.returncode == 0
    return False


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_fit_goes_on_to_the_same_model(tmp_path: Path, times: int) -> None:
    """Killed at random moments, again and again, it loses no finished trial."""
    start = time.perf_counter()
    assert not killed(tmp_path / "whole", tmp_path / "whole.pliant", 300)
    whole = time.perf_counter() - start
    rng = random.Random(times)
    kept = 0
    for _ in range(times):
        if not killed(tmp_path / "j", tmp_path / "j.pliant", rng.uniform(0.3, 1.0) * whole):
            break
        found = len(list((tmp_path / "j").glob("*.trial")))
        assert found >= kept
        kept = found
    assert not killed(tmp_path / "j", tmp_path / "j.pliant", 300)
    assert len(list((tmp_path / "j").glob("*.trial"))) == TRIALS
    assert (tmp_path / "j.pliant").read_bytes() == (tmp_path / "whole.pliant").read_bytes()
    assert not [p for p in (tmp_path / "j").iterdir() if p.name.startswith(".0")]
