"""Pace: what a fit takes is told without making anything."""

from __future__ import annotations

import pytest

from pliant.models.additive import AdditiveConfig
from pliant.search.pace import Pace
from pliant.testing import small_experiment
from pliant.training.engines.serial import SerialEngine
from pliant.training.experiment import Experiment
from pliant.training.records import Candidate

CANDIDATE = Candidate("additive", "default", AdditiveConfig(), "arithmetic")


def test_no_features_are_made_to_tell_what_a_fit_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = small_experiment()
    monkeypatch.setattr(Experiment, "prepared", lambda *_: pytest.fail("features were made"))
    engine = SerialEngine(1, 10**9)
    engine.start(experiment)
    pace = Pace(experiment, engine, 1)
    assert pace.within(CANDIDATE, 10.0, first=True) is not None
    assert pace.too_large(CANDIDATE, 100) == ""
