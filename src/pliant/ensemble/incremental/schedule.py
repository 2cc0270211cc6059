"""A schedule: through which blocks of rows the members go, and how many rounds each block has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise

from pliant.ensemble.incremental.block_size import BlockSize, cuts

GROWTH = 2.0
"""How many times the rounds of the sample's model a pass takes (`python -m
benchmarks.stores.blocks`)."""

LOADING, SCORING = 6.0, 0.026
"""What making a block takes, and what each tree that is there already takes to say where the next
begin, in rounds' time (`python -m benchmarks.stores.blocks DATA/adult --rows 600000 --costs`: 7 and
0.013, on give_me_some_credit 4 to 5 and 0.019, with 31 leaves on one thread; 0.026 was seen with 50
leaves on two)."""

ROUNDS_A_REST = 2.0
"""How many times as long the rounds of a block take at least as all else about it, where time is
short. The fewer trees there are in the end, the fewer rounds that is: about 20 on adult, which is
best there (`python -m benchmarks.stores.blocks DATA/adult --rows 2000000 --short`: in 5 s, 24
blocks of 20 rounds have a log loss of 0.271, 16 of 40 0.277); 64 on 6 GB like give_me_some_credit,
where the test AUC is 0.866, and 0.857 with 20 (`python -m benchmarks.stores.large`)."""


@dataclass(frozen=True)
class Costs:
    """A member's rounds in a pass, and for a row: seconds of a round, bytes of a block."""

    rounds: int
    round_seconds: float
    row_bytes: float

    @property
    def most_blocks(self) -> int:
        """Into how many blocks the rounds may be split where time is short."""
        rest = LOADING + SCORING * self.rounds / 2
        return max(1, int(self.rounds / (ROUNDS_A_REST * rest)))


@dataclass(frozen=True)
class BlockSchedule:
    """The blocks, from row to row, one after another; `a_pass` of them have all rounds together."""

    blocks: Sequence[tuple[int, int]]
    a_pass: int

    @classmethod
    def of(
        cls, n_rows: int, members: Sequence[Costs], room: float, seconds: float, size: BlockSize
    ) -> BlockSchedule:
        """Return the way through so many rows that are trained on.

        Blocks are no larger than memory has room for, and so small that all rounds end in time.
        Where many blocks would then have few rounds each, a pass does not come to all rows; the
        next begins with those.
        """
        most = min(size.bounded(room / member.row_bytes) for member in members)
        work = n_rows * sum(member.rounds * member.round_seconds for member in members)
        fewest = max(1, -(-n_rows // max(size.min_rows, int(most))))
        wanted = max(fewest, min(int(work / seconds), n_rows // size.min_rows))
        a_pass = min(wanted, max(fewest, *(member.most_blocks for member in members)))
        return cls(tuple(pairwise(cuts(n_rows, wanted))), a_pass)

    def passes(self, number: int) -> list[tuple[int, int]]:
        """Return the blocks of so many passes."""
        return list(islice(cycle(self.blocks), number * self.a_pass))
