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

from pliant.compress.recipes import Recipe
from pliant.compress.school import School
from pliant.compress.student import Lesson, Student
from pliant.core.errors import ClusterError, PliantWarning
from pliant.features.block import View
from pliant.training.records import Job, Outcome

SHARE, MOST_SHARE = 0.25, 0.5
"""Of the seconds left, what the fits of a student may take, and of the last ones, which take the
most; their fits to all rows come on top."""


def students(school: School, wanted: Sequence[Recipe], view: View) -> Iterator[Student]:
    """Yield the students that are ready in time, each the better of its ways to learn.

    As many recipes as keep the engine busy are tried together.
    """
    for start in range(0, len(wanted), school.at_once):
        left = len(school.ways) * (len(wanted) - start)
        some = wanted[start : start + school.at_once]
        choices = [[Lesson(school, r, view, taught) for taught in school.ways] for r in some]
        yield from best_of(choices, min(MOST_SHARE, max(SHARE, 2 / left)))


def best_of(choices: Sequence[Sequence[Lesson]], share: float = SHARE) -> Iterator[Student]:
    """Yield the best student of each choice of lessons, if one is ready; all their fits run side by
    side. Those of a lesson may take a `share` of the seconds that the ones before it leave.

    Ctrl-C is heard when those that were through by then are yielded.
    """
    lessons = [lesson for choice in choices for lesson in choice]
    fits = Fits(lessons[0].school, len(lessons), share)
    made = iter(fits.students(lessons))
    for choice in choices:
        ready = [student for student in islice(made, len(choice)) if student is not None]
        if ready:
            yield max(ready, key=lambda student: student.score)
    if fits.interrupted:
        raise KeyboardInterrupt


@dataclass
class Tried:
    """A lesson and what came of its fits so far, split after split."""

    lesson: Lesson
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a fit has failed, so that no other is needed."""
        return any(outcome.reason for outcome in self.outcomes)

    def take(self, outcome: Outcome) -> None:
        """Take what came of the next fit."""
        self.outcomes.append(outcome)
        self.lesson.tell_of(outcome)
        school, recipe, taught = self.lesson.school, self.lesson.recipe, self.lesson.taught
        school.pace.note(recipe, self.lesson.shape, taught, outcome.rounds, outcome.seconds)


class Fits:
    """Fits `n_lessons` of a school on its splits.

    `interrupted` says that Ctrl-C came; what was through by then is there, and so it is where a
    cluster is lost.
    """

    def __init__(self, school: School, n_lessons: int, share: float) -> None:
        self._school, self._n_lessons, self._share = school, n_lessons, share
        self._sent = deque[Tried]()
        self.interrupted = False

    def students(self, lessons: Sequence[Lesson]) -> list[Student | None]:
        """Return the student of each lesson; None where there was no time, or means, for it, or one
        of its fits failed.
        """
        school, seconds = self._school, self._seconds()
        if school.clock.remaining() <= 0:
            return [None] * len(lessons)
        able = [lesson.within(seconds) for lesson in lessons]
        all_ = [None if lesson is None else Tried(lesson) for lesson in able]
        fits = [(each, split) for each in all_ if each is not None for split in school.splits]
        fits.sort(key=lambda fit: not fit[0].lesson.taught)  # those that take long come first
        try:
            with closing(school.engine.run(self._jobs(fits, seconds))) as outcomes:
                for outcome in outcomes:
                    self._sent.popleft().take(outcome)
        except KeyboardInterrupt:
            self.interrupted = True
        except ClusterError as error:
            warnings.warn(f"{error}; some students are left out", PliantWarning, stacklevel=2)
        return [None if each is None else each.lesson.student(each.outcomes) for each in all_]

    def _seconds(self) -> float | None:
        """Return what each fit may take; None where there is no limit."""
        school, n = self._school, self._n_lessons
        left = school.clock.remaining()
        waves = -(-n * len(school.splits) // school.engine.workers)
        return (1 - (1 - self._share) ** n) * left / waves if np.isfinite(left) else None

    def _jobs(self, fits: Sequence[tuple[Tried, int]], seconds: float | None) -> Iterator[Job]:
        """Yield the fits as long as there is time; none of a lesson that has failed."""
        clock, at_once = self._school.clock, min(self._school.engine.workers, len(fits))
        for tried, split in fits:
            if clock.remaining() <= 0:
                return
            if tried.failed:
                continue
            job = tried.lesson.job(split, seconds, at_once)
            if seconds is not None:
                left = max(0.0, clock.remaining())
                job = replace(job, seconds=min(seconds, left), latest=left)
            self._sent.append(tried)
            yield job
