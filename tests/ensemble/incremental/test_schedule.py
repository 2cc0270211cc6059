"""Block schedules: through which blocks the members go."""

from __future__ import annotations

import pytest

from pliant.core.errors import ConfigError
from pliant.ensemble.incremental.block_size import BlockSize
from pliant.ensemble.incremental.schedule import BlockSchedule, Costs

SIZE = BlockSize()
MEMBER = Costs(rounds=1000, round_seconds=5e-8, row_bytes=100.0)


def test_with_time_and_memory_all_rows_are_one_block() -> None:
    schedule = BlockSchedule.of(1_000_000, [MEMBER], 1e12, 1e12, SIZE)
    assert schedule == BlockSchedule(((0, 1_000_000),), 1)
    assert schedule.passes(2) == [(0, 1_000_000)] * 2


def test_with_time_alone_every_row_has_its_turn_in_blocks_that_fit() -> None:
    schedule = BlockSchedule.of(1_000_000, [MEMBER], 1e7, 1e12, SIZE)
    assert len(schedule.blocks) == schedule.a_pass == 10
    assert [b - a for a, b in schedule.passes(1)] == [100_000] * 10


def test_blocks_have_no_more_rows_than_they_may() -> None:
    schedule = BlockSchedule.of(1_000_000, [MEMBER], 1e12, 1e12, BlockSize(max_rows=300_000))
    assert [b - a for a, b in schedule.blocks] == [250_000] * 4


@pytest.mark.parametrize("wrong", [(0,), (100, 99), (100, None, 0)])
def test_sizes_that_no_block_can_have_are_refused(wrong: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="expected blocks"):
        BlockSize(*wrong)


def test_without_time_a_block_keeps_rounds_enough_and_the_next_pass_goes_on() -> None:
    schedule = BlockSchedule.of(60_000_000, [MEMBER], 1e12, 50.0, SIZE)
    rows = schedule.blocks[0][1]
    assert MEMBER.rounds * rows * MEMBER.round_seconds == pytest.approx(50.0, rel=0.02)
    assert 1 < schedule.a_pass == MEMBER.most_blocks < len(schedule.blocks)
    assert schedule.passes(2)[schedule.a_pass] == schedule.blocks[schedule.a_pass]


def test_blocks_stay_large_enough_to_learn_from() -> None:
    schedule = BlockSchedule.of(200_000, [MEMBER], 1e12, 1e-9, SIZE)
    assert schedule.blocks[0][1] >= SIZE.min_rows


def test_a_member_of_few_rounds_has_one_block() -> None:
    assert Costs(1, 1.0, 1.0).most_blocks == 1
