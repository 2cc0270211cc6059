"""Data-parallel training: a member learns from rows that no single node holds.

Each node of a cluster reads its own part of a store, and they train one model together: what goes
over the wire is sums, such as the histograms of LightGBM, not rows. That is the learner's own doing
(`models.family.IncrementalFamily.data_parallel`). Here the rows are shared out, and what the nodes
have made after some rounds is kept, as a checkpoint: where one is lost, those that are there then
go on from it, with its rows shared out anew.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from pliant.core.errors import DataError, PliantWarning
from pliant.core.memory import steady
from pliant.data.store.store import Store, open_store
from pliant.ensemble.incremental.block_size import cuts
from pliant.ensemble.incremental.member import IncrementalMember
from pliant.ensemble.incremental.one_worker import Say, block, seconds_left
from pliant.ensemble.incremental.remainder import Remainder
from pliant.models.base import ProcessGroup
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.engines.places import Place
from pliant.training.records import Job, Outcome
from pliant.training.training_set import TrainingSet

MIN_PLACES = 2
"""Nodes that are more than one worker."""


@dataclass(frozen=True)
class Checkpoints:
    """How often what nodes train together is brought here.

    Parameters
    ----------
    count : int
        Into how many equal parts the rounds of a block are cut: what a lost node costs at most.
    share : float
        Of the seconds that are left, what the rounds until the next one may take. All nodes end
        after the same round, so that no deadline can cut them.
    attempts : int
        How often the same rounds are tried before a member stays as it was at the last one.
    """

    count: int = 8
    share: float = 0.7
    attempts: int = 3

    def rounds(self, rounds: int, left: int, seconds: float, a_round: float) -> int:
        """Return how many of the rounds that are left come next, of so many in all, where each
        takes so long; 0 where time suffices for none.

        Examples
        --------
        >>> Checkpoints().rounds(200, 200, math.inf, 1.0), Checkpoints().rounds(200, 60, 20, 1.0)
        (25, 14)
        """
        wanted = min(left, max(1, -(-rounds // self.count)))
        return (
            wanted
            if math.isinf(seconds)
            else max(0, min(wanted, int(self.share * seconds / a_round)))
        )


@dataclass
class Parts:
    """A block of rows, shared out among places; those of one number of places are made once."""

    start: int
    stop: int
    made: dict[int, list[TrainingSet]] = field(default_factory=dict)


class DataParallel:
    """Each block is trained on by all places of the engine that see the store, together."""

    by_name = True

    def __init__(
        self,
        engine: Engine,
        remainder: Remainder,
        context: FitContext,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._engine, self._remainder, self._context = engine, anywhere(remainder), context
        self._checkpoints = checkpoints or Checkpoints()
        self._places = seeing(engine, remainder)
        self.most_places, self.exchanged, self.lost = len(self._places), 0, 0

    @property
    def worth_it(self) -> bool:
        """Whether there are several places, and rows enough for each."""
        enough = len(self._remainder) >= self.most_places * self._remainder.block.min_rows
        return self.most_places >= MIN_PLACES and enough

    @property
    def speed(self) -> float:
        """How many times as fast rounds are as on one worker: no more than there are places."""
        return float(max(1, self.most_places))

    def room(self) -> int:
        """Return the bytes of all places: as many times those of the smallest."""
        known = [place.memory for place in self._places if place.memory is not None]
        each = steady(min(known)) if known else self._context.room()
        return each * max(1, len(self._places))

    def rows(self, member: IncrementalMember, start: int, stop: int) -> Parts:
        """Return a block, of which nothing is read here."""
        return Parts(start, stop)

    def learn(
        self, member: IncrementalMember, rows: Parts, seconds: float, rounds: int, say: Say
    ) -> float:
        """Let a member learn from a block, from checkpoint to checkpoint."""
        n_rows, reading = rows.stop - rows.start, 0.0
        a_round = member.round_seconds(n_rows) * n_rows / self.speed
        deadline, begun = self._context.deadline, self._context.deadline.elapsed()
        left, failures = rounds, 0
        while left and not member.over:
            time_left = seconds - (deadline.elapsed() - begun)
            ahead = self._checkpoints.rounds(rounds, left, time_left, a_round)
            if not ahead:
                break
            places = self._again()
            say(f"round {rounds - left + 1} of {rounds} on {len(places)} nodes")
            outcomes = self._together(member, rows, places, ahead, time_left)
            outcome = outcomes[0]
            if outcome.fitted is not None:
                member.take(outcome)
                a_round = min(o.seconds for o in outcomes) / ahead
                reading = max(reading, *(o.preparing for o in outcomes), 0.0)
                left, failures = left - ahead, 0
                self._count(member, ahead, len(outcomes))
                continue
            failures += 1
            if failures >= self._checkpoints.attempts:
                member.take(outcome)
            else:
                self.lost += 1
        return reading

    def facts(self) -> dict[str, Any]:
        """Return how many nodes there were, what they sent each other, how often one was lost."""
        return {
            "nodes": self.most_places,
            "bytes between nodes": self.exchanged,
            "nodes lost": self.lost,
        }

    def _together(
        self,
        member: IncrementalMember,
        rows: Parts,
        places: Sequence[Place],
        rounds: int,
        seconds: float,
    ) -> Sequence[Outcome]:
        """Return what came of some rounds at all places; that of one that failed alone."""
        if not places:
            return [Outcome.failed(0.0, "no node is left that sees the store")]
        parts = self._shared_out(member, rows, len(places))
        addresses = tuple(place.address for place in places)
        jobs = list[Job]()
        for rank, (place, part) in enumerate(zip(places, parts, strict=True)):
            group = ProcessGroup(addresses, rank) if len(places) > 1 else None
            job = member.job(part, seconds, place.threads, rounds)
            latest = seconds_left(self._context)
            jobs.append(replace(job, latest=latest, group=group, worker=place.worker))
        with Dispatcher(self._engine) as dispatcher:
            return dispatcher.together(jobs)

    def _again(self) -> Sequence[Place]:
        """Return the places, asked anew: nodes come and go, and each training needs ports."""
        self._places = seeing(self._engine, self._remainder)
        self.most_places = max(self.most_places, len(self._places))
        return self._places

    def _shared_out(self, member: IncrementalMember, rows: Parts, count: int) -> list[TrainingSet]:
        """Return the rows of each place, no more than it has memory for: of fewer places than were
        planned with, fewer rows, which are a fair sample of all.
        """
        if count not in rows.made:
            fitting = max(count, int(self.room() / member.row_bytes))
            n_rows = min(rows.stop - rows.start, fitting)
            outputs = member.predictions.shape[1]
            ends = [rows.start + end for end in cuts(n_rows, count)]
            rows.made[count] = [
                block(self._remainder, member, start, stop).dataset(outputs, by_name=True)
                for start, stop in pairwise(ends)
            ]
        return rows.made[count]

    def _count(self, member: IncrementalMember, rounds: int, count: int) -> None:
        """Add what rounds sent: of sums that are added up, each place sends all but its part."""
        n_codes = sum(f.n_codes for f in member.weighted.member.features.features)
        outputs = member.predictions.shape[1]
        self.exchanged += rounds * (count - 1) * member.exchanged_bytes(n_codes, outputs)


def seeing(engine: Engine, remainder: Remainder) -> Sequence[Place]:
    """Return the places of an engine of several machines that see the store whose rows these are.

    The processes of one machine share its memory: one that has all of it, and all threads, does
    as well as several.
    """
    store = remainder.shards
    if engine.reads_files or not isinstance(store, Store):
        return ()
    return [place for place in engine.places(_same(store)) if place.sees]


def anywhere(remainder: Remainder) -> Remainder:
    """Return the same rows for processes that work in another folder than this one."""
    store = remainder.shards
    if not isinstance(store, Store):
        return remainder
    return replace(remainder, shards=Store(store.path.resolve(), store.manifest))


def tell_unseen(engine: Engine, remainder: Remainder) -> None:
    """Warn where nodes of a cluster do not see a store: its rows are sent to them then."""
    store = remainder.shards
    if engine.reads_files or not isinstance(store, Store):
        return
    places = engine.places(_same(store))
    blind = [place.worker for place in places if not place.sees]
    if blind:
        warnings.warn(
            f"expected each of the {len(places)} nodes of the cluster to see the store "
            f"{store.path.resolve()}, but {len(blind)} do not, such as {blind[0]}: they take no "
            "part in training on its rows together, and where fewer than two see it, its rows are "
            "sent to a worker, block after block",
            PliantWarning,
            stacklevel=2,
        )


def _same(store: Store) -> partial[bool]:
    """Return what asks whether a store is seen, for a process that may be elsewhere."""
    return partial(reads_same, store.path.resolve(), store.identity())


def reads_same(path: Path, identity: dict[str, Any]) -> bool:
    """Return whether the store at a path is, to this process, the one with that identity."""
    try:
        return open_store(path).identity() == identity
    except (DataError, OSError):
        return False
