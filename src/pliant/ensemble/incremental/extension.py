"""Extension: what the search chose on a sample is trained on all rows.

The rows come in blocks (`schedule`), and a model that has begun on one goes on with the next
(`models.family.IncrementalFamily`). A model keeps its place in the ensemble only where it is
better, on rows that neither it nor the search has seen, than the one of the sample; those rows then
give the weights, and the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ClusterError
from pliant.ensemble.choose import Selection
from pliant.ensemble.constant import Comparison, is_base_rate
from pliant.ensemble.greedy import greedy_weights
from pliant.ensemble.incremental.data_parallel import DataParallel
from pliant.ensemble.incremental.member import IncrementalMember, Judge
from pliant.ensemble.incremental.one_worker import BlockTraining, OneWorker
from pliant.ensemble.incremental.remainder import Remainder
from pliant.ensemble.incremental.schedule import GROWTH, BlockSchedule, Costs
from pliant.ensemble.refit import Weighted
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.experiment import Experiment, of_table
from pliant.training.progress import Progress

MAX_PASSES = 3
"""How often the blocks are gone through at most; once without a deadline. What the search cut
short, because its time was up, has had few rounds."""

LOADS = 2.0
"""A block is begun only where what is left is so many times what making the last one took."""

TRAINING_SHARE, MIN_SECONDS = 0.6, 0.1
"""Of the seconds, what training takes beside making blocks and what models say of them so far."""


@dataclass(frozen=True)
class Ensemble:
    """A selection, its members; `facts` say how they were trained on more than the search saw."""

    selection: Selection
    members: Sequence[Weighted]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Extension:
    """Trains the members of a selection on the rest of the rows, a job of the engine at a time.

    `growth` says how many times as many rounds as in the search there may be in one pass.
    """

    engine: Engine
    remainder: Remainder
    context: FitContext
    growth: float = GROWTH

    @property
    def experiment(self) -> Experiment:
        """The experiment that was searched on."""
        return of_table(self.engine.experiment)

    def extended(self, ensemble: Ensemble) -> Ensemble:
        """Return the ensemble trained on all rows; Ctrl-C keeps what there is, and so does the loss
        of a cluster.
        """
        judge = Judge(self.remainder.held_out(), self.experiment.measure)
        trials = {trial.number: trial for trial in ensemble.selection.trials}
        members = [
            IncrementalMember(weighted, trials[weighted.trial], judge, self.experiment)
            for weighted in ensemble.members
        ]
        one = OneWorker(self.engine, self.remainder, self.context)
        room, least = one.room(), self.remainder.block.min_rows
        ready = [
            member
            for member in members
            if not is_base_rate(member.trial) and member.ready(room, least)
        ]
        facts: dict[str, Any] = {"blocks": 0}
        try:
            self._at_once(ready, one, room)
            going = [member for member in ready if member.goes_on]
            for training, some in self._stages(going, one):
                later = 1 - len(some) / len(going)
                going = [member for member in going if member not in some]
                self._stage(training, some, later, facts)
        except (KeyboardInterrupt, ClusterError):
            pass  # what there is by then is kept
        return self._weighted(ensemble.selection, members, judge, facts)

    def _stages(
        self, going: Sequence[IncrementalMember], one: OneWorker
    ) -> Iterator[tuple[BlockTraining, Sequence[IncrementalMember]]]:
        """Give the members that go on, and how they are trained: together on the nodes of a cluster
        those that can be, where there are several; then the others.
        """
        together = [member for member in going if member.data_parallel]
        if together and not self.engine.reads_files:
            training = DataParallel(self.engine, self.remainder, self.context)
            if training.worth_it:
                yield training, together
                going = [member for member in going if not member.data_parallel]
        if going:
            yield one, going

    def _stage(
        self,
        training: BlockTraining,
        members: Sequence[IncrementalMember],
        later: float,
        facts: dict[str, Any],
    ) -> None:
        """Train members in the time that is left, but for a share that others have later; note what
        the model's card says of it, however it ends.
        """
        left = self.context.deadline.remaining()
        reserve = 0.0 if np.isinf(left) else later * left
        schedule = self._schedule(members, training, reserve)
        facts["blocks"] = max(facts["blocks"], schedule.a_pass)
        try:
            self._train(members, schedule, training, reserve)
        finally:
            facts |= training.facts()

    def _at_once(self, members: Sequence[IncrementalMember], one: OneWorker, room: int) -> None:
        """Train the members that do not go on, each on as many rows as it can take; the time that
        is left is shared among all members.
        """
        for i, member in enumerate(members):
            if member.goes_on:
                continue
            share = self.context.deadline.remaining() / (len(members) - i)
            most = self.remainder.block.bounded(len(self.remainder))
            if stop := member.worth(most, room, TRAINING_SHARE * share):
                say = partial(self._say, member, f"{stop:,} rows at once")
                say()
                one.learn(member, one.rows(member, 0, stop), share, member.trial.rounds, say)
                member.reached = stop

    def _schedule(
        self, members: Sequence[IncrementalMember], training: BlockTraining, reserve: float
    ) -> BlockSchedule:
        """Return the way of the members through the blocks, in what is left beside a reserve."""
        n_rows, speed = len(self.remainder), training.speed
        costs = [
            Costs(self._rounds(member), member.round_seconds(n_rows) / speed, member.row_bytes)
            for member in members
        ]
        left = self.context.deadline.remaining() - reserve
        seconds = max(TRAINING_SHARE * left, MIN_SECONDS)
        return BlockSchedule.of(n_rows, costs, training.room(), seconds, self.remainder.block)

    def _rounds(self, member: IncrementalMember) -> int:
        """Return the rounds that a member has in all blocks together."""
        return max(1, round(self.growth * member.trial.rounds))

    def _train(
        self,
        members: Sequence[IncrementalMember],
        schedule: BlockSchedule,
        training: BlockTraining,
        reserve: float,
    ) -> None:
        """Take the members through the blocks, again while time is left and they gain from it."""
        deadline = self.context.deadline
        loading, again = 0.0, 1 if np.isinf(deadline.remaining()) else MAX_PASSES
        for number, (start, stop) in enumerate(schedule.passes(again)):
            place = number % schedule.a_pass
            for together in _by_features([member for member in members if not member.over]):
                if deadline.remaining() - reserve <= LOADS * loading:
                    return
                began = deadline.elapsed()
                rows = training.rows(together[0], start, stop)
                unread = loading if training.by_name else 0.0
                loading = deadline.elapsed() - began
                for i, member in enumerate(together):
                    say = partial(self._say, member, f"block {place + 1} of {schedule.a_pass}")
                    say()
                    ahead = len(together) - i + len(members) * (schedule.a_pass - place - 1)
                    rounds = max(1, round(self._rounds(member) / schedule.a_pass))
                    seconds = (deadline.remaining() - reserve - unread) / ahead
                    read = training.learn(member, rows, seconds, rounds, say)
                    loading, unread = loading + read, 0.0
                    member.reached = max(member.reached, stop)

    def _weighted(
        self,
        selection: Selection,
        members: Sequence[IncrementalMember],
        judge: Judge,
        facts: Mapping[str, Any],
    ) -> Ensemble:
        """Return the final ensemble. Rows that belong together, or follow in time, are known to
        some model even where they are held out: of them the search's own splits keep the say.
        """
        roles, experiment = judge.table.roles, self.experiment
        facts = self._facts(members, facts)
        voting = [member for member in members if not is_base_rate(member.trial)]
        if roles.groups is not None or roles.time is not None or not voting:
            return Ensemble(selection, [member.weighted for member in members], facts)
        target, predictions = judge.table.target, [member.predictions for member in voting]
        weights = greedy_weights(
            predictions, target, roles.weight, experiment.measure, experiment.seed
        )
        shares = dict(zip(voting, weights.tolist(), strict=True))
        for rate in (member for member in members if is_base_rate(member.trial)):
            beside = _mixed(shares), rate.predictions
            share = Comparison(*beside, target, roles.weight, len(judge.table)).share(judge.metric)
            shares = {member: w * (1 - share) for member, w in shares.items()} | {rate: share}
        kept = [(member, w) for member, w in shares.items() if w > 0]
        score = judge.merit(_mixed(shares))[0]
        final = Selection(
            tuple(member.trial for member, _ in kept), tuple(w for _, w in kept), score
        )
        return Ensemble(final, [member.weighted for member, _ in kept], facts)

    def _facts(
        self, members: Sequence[IncrementalMember], trained: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what the model's card says of this; `trained` is what its stages say."""
        sampled = len(self.experiment.table)
        return {
            "rows": max(sampled, self._seen(members)),
            "rows searched on": sampled,
            **trained,
            "trained on the sample alone": [
                f"{member.trial.candidate.name}: {member.reason}"
                for member in members
                if member.reason
            ],
        }

    def _seen(self, members: Sequence[IncrementalMember]) -> int:
        """Return how many rows the members have seen, those of the search included."""
        reached = max([member.reached for member in members], default=0)
        return reached + (len(self.experiment.table) if self.remainder.first else 0)

    def _say(self, member: IncrementalMember, where: str, more: str = "") -> None:
        deadline, shown = self.context.deadline, self.experiment.measure.shown(member.score)
        text = f"{member.trial.candidate.name}, {where}{more and ', '}{more}"
        self.context.tell(Progress("extend", deadline.elapsed(), deadline.seconds, 0, shown, text))


def _mixed(shares: Mapping[IncrementalMember, float]) -> NDArray[np.float64]:
    """Return what members with these weights say together of the held-out rows."""
    return np.asarray(np.sum([member.predictions * w for member, w in shares.items()], axis=0))


def _by_features(members: Sequence[IncrementalMember]) -> list[list[IncrementalMember]]:
    """Return the members in groups that read the same features."""
    groups: dict[int, list[IncrementalMember]] = {}
    for member in members:
        groups.setdefault(id(member.weighted.member.features), []).append(member)
    return list(groups.values())
