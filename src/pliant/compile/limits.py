"""An ensemble within limits: what one row may take and what the file may weigh.

Trials that break a limit alone are left out; of what is left an ensemble is chosen, and while it
breaks a limit its lightest member goes. All of it is measured, on files: first with the models of
one fold, in the end with the final ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pliant.combine.choose import Choice, choose
from pliant.combine.refit import Weighted
from pliant.compile.build import build
from pliant.config import Limits
from pliant.errors import FitError
from pliant.figures import Figures, measure
from pliant.runtime.model import Card, Model
from pliant.search.trial import Trial
from pliant.study import Study

ROOM = 0.9
"""Of a limit, what the models of a fold may take: final ones have seen more rows."""

MOST_MEASURED = 12
"""Trials, the best ones, that are measured; besides the best of each family."""

TRIED_SECONDS, FINAL_SECONDS = 0.02, 0.3
"""How long the latency of a model is measured while choosing, and in the end."""


class LimitedChoice:
    """Chooses, and takes away, until the limits hold."""

    def __init__(self, limits: Limits, study: Study) -> None:
        self.limits, self._study = limits, study

    def choose(self, trials: Sequence[Trial]) -> Choice:
        """Return the best ensemble of which a fold's models stay within the limits.

        Raises
        ------
        FitError
            When no single trial does; the nearest is named.
        """
        found = [(trial, self._of_fold([(trial, 1.0)])) for trial in self._likely(trials)]
        within = [trial for trial, figures in found if self._excess(figures, ROOM) <= 1]
        if not within:
            raise self._none(found)
        choice = choose(within, self._study)
        while len(choice.trials) > 1:
            pairs = zip(choice.trials, choice.weights, strict=True)
            if self._excess(self._of_fold(list(pairs)), ROOM) <= 1:
                break
            choice = self._lighter(choice)
        return choice

    def final(self, choice: Choice, finish: Callable[[Choice], Model]) -> tuple[Choice, Model]:
        """Return the model that `finish` makes of a choice, and the choice that it was in the end.

        Raises
        ------
        FitError
            When even one member breaks a limit.
        """
        while True:
            model = finish(choice)
            figures = measure(model, FINAL_SECONDS)
            if self._excess(figures, 1.0) <= 1:
                return choice, model
            if len(choice.trials) == 1:
                raise self._none([(choice.trials[0], figures)])
            choice = self._lighter(choice)

    def _likely(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return the trials that may come in, the best first."""
        fitted = [t for t in trials if t.status != "failed" and t.outcomes[0].fitted is not None]
        ranked = sorted(fitted, key=lambda t: (t.status != "done", -t.score))
        best: dict[str, Trial] = {}
        for trial in ranked:
            best.setdefault(trial.candidate.family, trial)
        return [t for i, t in enumerate(ranked) if i < MOST_MEASURED or t in best.values()]

    def _lighter(self, choice: Choice) -> Choice:
        """Return the best ensemble without the member that counts least."""
        least = min(range(len(choice.trials)), key=lambda i: choice.weights[i])
        return choose([t for i, t in enumerate(choice.trials) if i != least], self._study)

    def _of_fold(self, pairs: Sequence[tuple[Trial, float]]) -> Figures:
        """Return the figures of trials mixed, with the models of their first fold."""
        members = []
        for trial, weight in pairs:
            fitted = trial.outcomes[0].fitted
            assert fitted is not None
            member = self._study.member(0, trial.candidate.view, fitted)
            members.append(Weighted(member, weight, trial.number, False))
        table = self._study.table
        card = Card(table.target.task, "", self._study.measure.name, None)
        model = Model(table.schema, build(members), table.target.classes, card)
        return measure(model, TRIED_SECONDS)

    def _excess(self, figures: Figures, room: float) -> float:
        """Return how many times the limit that is broken most is used."""
        limits = self.limits
        used = [0.0]
        if limits.seconds is not None:
            used.append(figures.p50 / (room * limits.seconds))
        if limits.bytes is not None:
            used.append(figures.size / (room * limits.bytes))
        return max(used)

    def _none(self, found: Sequence[tuple[Trial, Figures]]) -> FitError:
        """Return the error that names the nearest trial and the limit that it breaks."""
        trial, figures = min(found, key=lambda pair: self._excess(pair[1], 1.0))
        score = self._study.measure.shown(trial.score)
        return FitError(
            f"expected a model within {self.limits.described()}, but the nearest of {len(found)} "
            f"takes {1e6 * figures.p50:.3g} us a row and {figures.size / 1e3:.3g} kB "
            f"({trial.candidate.name}, {self._study.measure.label} {score:.4g})"
        )
