"""What tuning found: its leaderboard."""

from __future__ import annotations

import pytest

from pliant.automl import tuned
from pliant.automl.tuned import Tuned, TunedTrial

TRIALS = (
    TunedTrial({"C": 1.0}, 0.8, 0.12345, "done"),
    TunedTrial({"C": 2.0}, float("-inf"), 0.1, "failed", "ValueError: no"),
    TunedTrial({"C": 3.0}, 0.9, 0.1, "dropped"),
)
FOUND = Tuned(None, {"C": 1.0}, 0.8, TRIALS)


def test_the_leaderboard_has_the_best_first() -> None:
    pytest.importorskip("pandas")
    frame = FOUND.leaderboard_
    assert frame["trial"].tolist() == [2, 0, 1]
    assert frame["C"].tolist() == [3.0, 1.0, 2.0]
    assert frame["reason"].tolist() == ["", "", "ValueError: no"]


def test_without_pandas_it_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuned, "find_spec", lambda name: None)
    assert FOUND.leaderboard_[1] == {
        "trial": 0,
        "C": 1.0,
        "score": 0.8,
        "seconds": 0.123,
        "status": "done",
        "reason": "",
    }
