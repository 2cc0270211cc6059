"""The schedule follows the clock, or the steps where there is none, and ends in time."""

from __future__ import annotations

import pytest

from pliant.core.deadline import Deadline
from pliant.models.convolution.schedule import END, START, Schedule
from pliant.testing import FakeTime


def rates(schedule: Schedule, clock: FakeTime, seconds: float) -> list[float]:
    """Return the rates of all steps, each of which takes so many seconds."""
    found = []
    while schedule.progress < 1:
        found.append(schedule.rate)
        clock.pass_(seconds)
        schedule.advance()
    return found


@pytest.mark.parametrize("step", [0.01, 0.3, 2.0])
def test_training_ends_with_its_seconds_however_long_a_step_takes(step: float) -> None:
    clock = FakeTime()
    found = rates(Schedule(Deadline(60.0, clock.now), 10**6, kept=0.5), clock, step)
    assert len(found) * step == pytest.approx(59.5, abs=max(0.011, step / 2))
    assert found[0] == START
    assert max(found) > 0.95
    assert found[-1] < END + 2 * step / 59.5
    assert sorted(found[len(found) // 4 :], reverse=True) == found[len(found) // 4 :]


def test_steps_end_it_where_they_are_used_up_first() -> None:
    clock = FakeTime()
    schedule = Schedule(Deadline(60.0, clock.now), 100)
    assert len(rates(schedule, clock, 0.01)) == 100
    assert schedule.finished


def test_without_a_clock_rates_depend_on_steps_alone() -> None:
    clock = FakeTime()
    found = [rates(Schedule(Deadline(None, clock.now), 50), clock, step) for step in (0.1, 7.0)]
    assert found[0] == found[1]
    assert len(found[0]) == 50


def test_no_time_and_a_stop_are_the_end() -> None:
    clock = FakeTime()
    assert Schedule(Deadline(0.0, clock.now), 10).progress == 1
    deadline = Deadline(60.0, clock.now)
    schedule = Schedule(deadline, 10)
    deadline.stop()
    assert schedule.progress == 1
