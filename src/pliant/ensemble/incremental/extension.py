"""Extension: what the search chose on a sample is trained on all rows.

The rows come in blocks (`course`), and a model that has begun on one goes on with the next
(`models.family.IncrementalFamily`). A model keeps its place in the ensemble only where it is
better, on rows that neither it nor the search has seen, than the one of the sample; those rows then
give the weights, and the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ClusterError
from pliant.core.memory import steady
from pliant.ensemble.choose import Choice
from pliant.ensemble.constant import Comparison, is_base_rate
from pliant.ensemble.greedy import greedy_weights
from pliant.ensemble.incremental.blocks import BlockRows
from pliant.ensemble.incremental.course import GROWTH, Costs, Course
from pliant.ensemble.incremental.lines import Judge, Line
from pliant.ensemble.incremental.rest import Rest
from pliant.ensemble.refit import Weighted
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.progress import Progress
from pliant.training.study import Study
from pliant.training.training_set import TrainingSet

MOST_PASSES = 3
"""How often the blocks are gone through at most; once without a clock. What the search cut short,
because its time was up, has had few rounds."""

LOADS = 2.0
"""A block is begun only where what is left is so many times what making the last one took."""

TRAINING_SHARE, LEAST_SECONDS = 0.6, 0.1
"""Of the seconds, what training takes beside making blocks and what models say of them so far."""


@dataclass(frozen=True)
class Ensemble:
    """A choice and its members; `facts` say how they were trained on more than the search saw."""

    choice: Choice
    members: Sequence[Weighted]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Extension:
    """Trains the members of a choice on the rest of the rows, a job of the engine at a time.

    `growth` says how many times as many rounds as in the search there may be in one pass.
    """

    engine: Engine
    rest: Rest
    context: FitContext
    growth: float = GROWTH

    @property
    def study(self) -> Study:
        """The study that was searched on."""
        return self.engine.study

    def extended(self, ensemble: Ensemble) -> Ensemble:
        """Return the ensemble trained on all rows; Ctrl-C keeps what there is, and so does the loss
        of a cluster.
        """
        judge = Judge(self.rest.held_out(), self.study.measure)
        trials = {trial.number: trial for trial in ensemble.choice.trials}
        lines = [Line(member, trials[member.trial], judge) for member in ensemble.members]
        room = self._room()
        ready = [line for line in lines if not is_base_rate(line.trial) and line.ready(room)]
        n_blocks = 0
        try:
            self._at_once(ready, room)
            going = [line for line in ready if line.goes_on]
            if going:
                course = self._course(going, room)
                n_blocks = course.a_pass
                self._train(going, course)
        except (KeyboardInterrupt, ClusterError):
            pass  # what there is by then is kept
        return self._weighted(ensemble.choice, lines, judge, n_blocks)

    def _room(self) -> int:
        """Return the bytes that a block may take, and what a library makes of it."""
        most = self.engine.room()
        return self.context.room() if self.engine.in_process or most is None else steady(most)

    def _at_once(self, lines: Sequence[Line], room: int) -> None:
        """Train the lines that do not go on, each on as many rows as it can take; the time that is
        left is shared among all lines.
        """
        for i, line in enumerate(lines):
            if line.goes_on:
                continue
            share = self.context.clock.remaining() / (len(lines) - i)
            if stop := line.worth(len(self.rest), room, TRAINING_SHARE * share):
                self._say(line, f"{stop:,} rows at once")
                self._learn(line, self._rows(line, 0, stop), share, line.trial.rounds)
                line.reached = stop

    def _course(self, lines: Sequence[Line], room: int) -> Course:
        """Return the way of the lines through the blocks."""
        costs = [Costs(self._rounds(line), line.round_seconds, line.row_bytes) for line in lines]
        seconds = max(TRAINING_SHARE * self.context.clock.remaining(), LEAST_SECONDS)
        return Course.of(len(self.rest), costs, room, seconds)

    def _rounds(self, line: Line) -> int:
        """Return the rounds that a line has in all blocks together."""
        return max(1, round(self.growth * line.trial.rounds))

    def _train(self, lines: Sequence[Line], course: Course) -> None:
        """Take the lines through the blocks, again while time is left and they gain from it."""
        clock = self.context.clock
        loading, again = 0.0, 1 if np.isinf(clock.remaining()) else MOST_PASSES
        for number, (start, stop) in enumerate(course.passes(again)):
            place = number % course.a_pass
            for together in _by_features([line for line in lines if not line.over]):
                if clock.remaining() <= LOADS * loading:
                    return
                began = clock.elapsed()
                dataset = self._rows(together[0], start, stop)
                unread = loading if self._by_name else 0.0
                loading = clock.elapsed() - began
                for i, line in enumerate(together):
                    self._say(line, f"block {place + 1} of {course.a_pass}")
                    ahead = len(together) - i + len(lines) * (course.a_pass - place - 1)
                    rounds = max(1, round(self._rounds(line) / course.a_pass))
                    seconds = (clock.remaining() - unread) / ahead
                    read = self._learn(line, dataset, seconds, rounds)
                    loading, unread = loading + read, 0.0
                    line.reached = max(line.reached, stop)

    def _rows(self, line: Line, start: int, stop: int) -> TrainingSet:
        """Return a block of rows as a line reads them."""
        member = line.weighted.member
        rows = BlockRows(self.rest, start, stop, member.features, member.scale)
        return rows.dataset(line.predictions.shape[1], self._by_name)

    def _left(self) -> float | None:
        """Return the seconds that are left; None where no clock is asked."""
        left = self.context.clock.remaining()
        return None if np.isinf(left) else max(0.0, left)

    @property
    def _by_name(self) -> bool:
        """Whether blocks are read where they are trained on, which need not be here."""
        engine = self.engine
        return engine.in_process or (engine.reads_files and self.rest.piles.on_disk)

    def _learn(self, line: Line, dataset: TrainingSet, seconds: float, rounds: int) -> float:
        """Let a line learn from rows, in seconds that may be infinite; return the seconds that
        reading them took where it learned.
        """
        job, left = line.job(dataset, seconds, self.engine.threads(1), rounds), self._left()
        (outcome,) = self.engine.run([replace(job, latest=left)])
        line.take(outcome)
        return outcome.preparing

    def _weighted(
        self, choice: Choice, lines: Sequence[Line], judge: Judge, n_blocks: int
    ) -> Ensemble:
        """Return the final ensemble. Rows that belong together, or follow in time, are known to
        some model even where they are held out: of them the search's own splits keep the say.
        """
        roles, study = judge.table.roles, self.study
        facts = self._facts(lines, n_blocks)
        voting = [line for line in lines if not is_base_rate(line.trial)]
        if roles.groups is not None or roles.time is not None or not voting:
            return Ensemble(choice, [line.weighted for line in lines], facts)
        target, predictions = judge.table.target, [line.predictions for line in voting]
        weights = greedy_weights(predictions, target, roles.weight, study.measure, study.seed)
        shares = dict(zip(voting, weights.tolist(), strict=True))
        for rate in (line for line in lines if is_base_rate(line.trial)):
            beside = _mixed(shares), rate.predictions
            share = Comparison(*beside, target, roles.weight, len(judge.table)).share(judge.metric)
            shares = {line: w * (1 - share) for line, w in shares.items()} | {rate: share}
        kept = [(line, w) for line, w in shares.items() if w > 0]
        score = judge.merit(_mixed(shares))[0]
        final = Choice(tuple(line.trial for line, _ in kept), tuple(w for _, w in kept), score)
        return Ensemble(final, [line.weighted for line, _ in kept], facts)

    def _facts(self, lines: Sequence[Line], n_blocks: int) -> dict[str, Any]:
        """Return what the model's card says of this."""
        sampled = len(self.study.table)
        return {
            "rows": max(sampled, self._seen(lines)),
            "rows searched on": sampled,
            "blocks": n_blocks,
            "trained on the sample alone": [
                f"{line.trial.candidate.name}: {line.reason}" for line in lines if line.reason
            ],
        }

    def _seen(self, lines: Sequence[Line]) -> int:
        """Return how many rows the members have seen, those of the search included."""
        reached = max([line.reached for line in lines], default=0)
        return reached + (len(self.study.table) if self.rest.first else 0)

    def _say(self, line: Line, where: str) -> None:
        clock, shown = self.context.clock, self.study.measure.shown(line.score)
        text = f"{line.trial.candidate.name}, {where}"
        self.context.tell(Progress("extend", clock.elapsed(), clock.seconds, 0, shown, text))


def _mixed(shares: Mapping[Line, float]) -> NDArray[np.float64]:
    """Return what lines with these weights say together of the held-out rows."""
    return np.asarray(np.sum([line.predictions * w for line, w in shares.items()], axis=0))


def _by_features(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines in groups that read the same features."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        groups.setdefault(id(line.weighted.member.features), []).append(line)
    return list(groups.values())
