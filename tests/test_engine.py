"""Engines: every one keeps the contract; what nobody waits for is stopped."""

from __future__ import annotations

import time

import pytest

from pliant.config import Clock
from pliant.engine.base import Engine, Job
from pliant.engine.serial import SerialEngine
from pliant.engine.threads import ThreadEngine
from pliant.evaluate import Candidate
from pliant.models.base import Limits
from pliant.models.lightgbm import LightGBMConfig
from pliant.testing import check_engine, small_prepared

ENGINES = [SerialEngine(), ThreadEngine(2), ThreadEngine(5)]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda e: f"{type(e).__name__}-{e.workers}")
def test_engine_keeps_the_contract(engine: Engine) -> None:
    check_engine(engine)


def test_a_job_that_nobody_waits_for_is_stopped() -> None:
    """A fit of days ends once the caller has gone."""
    prepared = small_prepared()
    endless = LightGBMConfig(learning_rate=1e-9, num_leaves=2)
    jobs = [
        Job(Candidate("additive", "bad", None), prepared, Limits(Clock(None))),
        Job(Candidate("lightgbm", "endless", endless), prepared, Limits(Clock(None), rounds=10**9)),
    ]
    running = ThreadEngine(2).run(jobs)
    assert next(running).reason
    time.sleep(0.5)
    clock = Clock(None)
    running.close()
    assert clock.elapsed() < 10.0
