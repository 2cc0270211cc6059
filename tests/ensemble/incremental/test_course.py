"""Courses: through which blocks the lines go."""

from __future__ import annotations

import pytest

from pliant.ensemble.incremental.blocks import FEWEST_ROWS
from pliant.ensemble.incremental.course import Costs, Course

LINE = Costs(rounds=1000, round_seconds=5e-8, row_bytes=100.0)


def test_with_time_and_memory_all_rows_are_one_block() -> None:
    course = Course.of(1_000_000, [LINE], 1e12, 1e12)
    assert course == Course(((0, 1_000_000),), 1)
    assert course.passes(2) == [(0, 1_000_000)] * 2


def test_with_time_alone_every_row_has_its_turn_in_blocks_that_fit() -> None:
    course = Course.of(1_000_000, [LINE], 1e7, 1e12)
    assert len(course.blocks) == course.a_pass == 10
    assert [b - a for a, b in course.passes(1)] == [100_000] * 10


def test_without_time_a_block_keeps_rounds_enough_and_the_next_pass_goes_on() -> None:
    course = Course.of(60_000_000, [LINE], 1e12, 50.0)
    rows = course.blocks[0][1]
    assert LINE.rounds * rows * LINE.round_seconds == pytest.approx(50.0, rel=0.02)
    assert 1 < course.a_pass == LINE.most_blocks < len(course.blocks)
    assert course.passes(2)[course.a_pass] == course.blocks[course.a_pass]


def test_blocks_stay_large_enough_to_learn_from() -> None:
    course = Course.of(200_000, [LINE], 1e12, 1e-9)
    assert course.blocks[0][1] >= FEWEST_ROWS


def test_a_line_of_few_rounds_has_one_block() -> None:
    assert Costs(1, 1.0, 1.0).most_blocks == 1
