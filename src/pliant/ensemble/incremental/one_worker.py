"""How a member learns from a block: on one worker, which holds all of the block's rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from pliant.core.memory import steady
from pliant.ensemble.incremental.blocks import BlockRows
from pliant.ensemble.incremental.member import IncrementalMember
from pliant.ensemble.incremental.remainder import Remainder
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.training_set import TrainingSet

Say = Callable[[str], None]
"""Tells whoever listens what is being done with a member."""


class BlockTraining(Protocol):
    """Makes blocks of rows, and has members learn from them."""

    @property
    def speed(self) -> float:
        """How many times as fast rounds are as on one worker."""
        ...

    @property
    def by_name(self) -> bool:
        """Whether rows are read where they are trained on, which need not be here."""
        ...

    def room(self) -> int:
        """Return the bytes that a block may take, and what a library makes of it."""
        ...

    def rows(self, member: IncrementalMember, start: int, stop: int) -> Any:
        """Return a block of rows as a member, and all that read the same features, learn from."""
        ...

    def learn(
        self, member: IncrementalMember, rows: Any, seconds: float, rounds: int, say: Say
    ) -> float:
        """Let a member learn from a block, in seconds that may be infinite; return the seconds that
        reading it took where it learned.
        """
        ...

    def facts(self) -> dict[str, Any]:
        """Return what the model's card says of this."""
        ...


@dataclass(frozen=True)
class OneWorker:
    """Each block is trained on by one job of the engine, which has all threads."""

    engine: Engine
    remainder: Remainder
    context: FitContext
    speed: float = 1.0

    @property
    def by_name(self) -> bool:
        """Whether rows are read where they are trained on: the worker reads the files of this
        machine, or is here.
        """
        engine = self.engine
        return engine.in_process or (engine.reads_files and self.remainder.shards.on_disk)

    def room(self) -> int:
        """Return the bytes of the worker."""
        most = self.engine.room()
        return self.context.room() if self.engine.in_process or most is None else steady(most)

    def rows(self, member: IncrementalMember, start: int, stop: int) -> TrainingSet:
        """Return the rows, or their names."""
        return block(self.remainder, member, start, stop).dataset(
            member.predictions.shape[1], self.by_name
        )

    def learn(
        self, member: IncrementalMember, rows: TrainingSet, seconds: float, rounds: int, say: Say
    ) -> float:
        """Let it learn in one job."""
        job = member.job(rows, seconds, self.engine.threads(1), rounds)
        (outcome,) = self.engine.run([replace(job, latest=seconds_left(self.context))])
        member.take(outcome)
        return outcome.preparing

    def facts(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


def block(remainder: Remainder, member: IncrementalMember, start: int, stop: int) -> BlockRows:
    """Return a block of rows as a member reads them."""
    pipeline = member.weighted.member
    return BlockRows(remainder, start, stop, pipeline.features, pipeline.scale)


def seconds_left(context: FitContext) -> float | None:
    """Return the seconds that are left; None where no clock is asked."""
    left = context.deadline.remaining()
    return None if np.isinf(left) else max(0.0, left)
