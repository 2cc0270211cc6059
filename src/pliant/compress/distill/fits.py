"""The fits of students, as many side by side as the engine has workers.

Nothing is trained while a student is looked at: how fast it predicts is measured then.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from pliant.compress.distill.distillation import Distillation
from pliant.compress.distill.recipes import Recipe
from pliant.compress.distill.student import Student, StudentSpec
from pliant.core.errors import ClusterError, PliantWarning
from pliant.features.block import View
from pliant.training.records import Job, Outcome

SHARE, MAX_SHARE = 0.25, 0.5
"""Of the seconds left, what the fits of a student may take, and of the last ones, which take the
most; their fits to all rows come on top."""


def students(distillation: Distillation, wanted: Sequence[Recipe], view: View) -> Iterator[Student]:
    """Yield the students that are ready in time, each the better of its ways to learn.

    As many recipes as keep the engine busy are tried together.
    """
    for start in range(0, len(wanted), distillation.at_once):
        left = len(distillation.ways) * (len(wanted) - start)
        some = wanted[start : start + distillation.at_once]
        choices = [
            [StudentSpec(distillation, r, view, distilled) for distilled in distillation.ways]
            for r in some
        ]
        yield from best_of(choices, min(MAX_SHARE, max(SHARE, 2 / left)))


def best_of(choices: Sequence[Sequence[StudentSpec]], share: float = SHARE) -> Iterator[Student]:
    """Yield the best student of each selection of specs, if one is ready; all their fits run side
    by side. Those of a spec may take a `share` of the seconds that the ones before it leave.

    Ctrl-C is heard when those that were through by then are yielded.
    """
    specs = [spec for selection in choices for spec in selection]
    fits = Fits(specs[0].distillation, len(specs), share)
    made = iter(fits.students(specs))
    for selection in choices:
        ready = [student for student in islice(made, len(selection)) if student is not None]
        if ready:
            yield max(ready, key=lambda student: student.score)
    if fits.interrupted:
        raise KeyboardInterrupt


@dataclass
class Tried:
    """A spec and what came of its fits so far, split after split."""

    spec: StudentSpec
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a fit has failed, so that no other is needed."""
        return any(outcome.reason for outcome in self.outcomes)

    def take(self, outcome: Outcome) -> None:
        """Take what came of the next fit."""
        self.outcomes.append(outcome)
        self.spec.tell_of(outcome)
        self.spec.distillation.experiment.costs.learn(self.spec.work, outcome)


class Fits:
    """Fits `n_specs` of a distillation on its splits.

    `interrupted` says that Ctrl-C came; what was through by then is there, and so it is where a
    cluster is lost.
    """

    def __init__(self, distillation: Distillation, n_specs: int, share: float) -> None:
        self._distillation, self._n_specs, self._share = distillation, n_specs, share
        self._sent = deque[Tried]()
        self.interrupted = False

    def students(self, specs: Sequence[StudentSpec]) -> list[Student | None]:
        """Return the student of each spec; None where there was no time, or means, for it, or one
        of its fits failed.
        """
        distillation, seconds = self._distillation, self._seconds()
        if distillation.deadline.remaining() <= 0:
            return [None] * len(specs)
        able = [spec.within(seconds) for spec in specs]
        all_ = [None if spec is None else Tried(spec) for spec in able]
        fits = [(each, split) for each in all_ if each is not None for split in distillation.splits]
        fits.sort(key=lambda fit: not fit[0].spec.distilled)  # those that take long come first
        try:
            with closing(distillation.engine.run(self._jobs(fits, seconds))) as outcomes:
                for outcome in outcomes:
                    self._sent.popleft().take(outcome)
        except KeyboardInterrupt:
            self.interrupted = True
        except ClusterError as error:
            warnings.warn(f"{error}; some students are left out", PliantWarning, stacklevel=2)
        return [None if each is None else each.spec.student(each.outcomes) for each in all_]

    def _seconds(self) -> float | None:
        """Return what each fit may take; None where there is no limit."""
        distillation, n = self._distillation, self._n_specs
        left = distillation.deadline.remaining()
        waves = -(-n * len(distillation.splits) // distillation.engine.workers)
        return (1 - (1 - self._share) ** n) * left / waves if np.isfinite(left) else None

    def _jobs(self, fits: Sequence[tuple[Tried, int]], seconds: float | None) -> Iterator[Job]:
        """Yield the fits as long as there is time; none of a spec that has failed."""
        deadline, at_once = (
            self._distillation.deadline,
            min(self._distillation.engine.workers, len(fits)),
        )
        for tried, split in fits:
            if deadline.remaining() <= 0:
                return
            if tried.failed:
                continue
            job = tried.spec.job(split, seconds, at_once)
            if seconds is not None:
                left = max(0.0, deadline.remaining())
                job = replace(job, seconds=min(seconds, left), latest=left)
            self._sent.append(tried)
            yield job
