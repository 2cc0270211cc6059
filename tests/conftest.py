"""Small tables that the tests share."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

# How long an example takes says something of the machine, not of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# What tests start must hear of a hang-up, also where this process itself was told not to (nohup).
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Tests run side by side: two busy teams of threads on two cores crawl, and where a fit asks for two
# threads all the same they spin while they wait for each other, many times as long as they work.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

# Else each of the many processes that tests start would compile the whole package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def mixed_columns(n: int = 300, seed: int = 0) -> dict[str, list[Any]]:
    """Return columns of every kind, missing values among them, that have something to say."""
    rng = np.random.default_rng(seed)
    number = rng.normal(size=n)
    level = rng.integers(0, 6, n)
    day = rng.integers(0, 2000, n)
    topic = rng.integers(0, 2, n)
    words = [["good tea in a warm cup", "cold rain on a grey road"][t] for t in topic]
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return {
        "number": [None if rng.random() < 0.1 else float(v) for v in number],
        "count": rng.integers(0, 9, n).tolist(),
        "level": [None if rng.random() < 0.1 else f"level {v}" for v in level],
        "seen": [(start + timedelta(days=int(d))).strftime("%Y-%m-%d") for d in day],
        "note": [f"{w} number {rng.integers(0, 500)}" for w in words],
        "same": ["x"] * n,
        "signal": (number + 0.5 * (level > 2) + topic).tolist(),
    }


@pytest.fixture(scope="session")
def mixed() -> dict[str, list[Any]]:
    return mixed_columns()
