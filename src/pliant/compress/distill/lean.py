"""Lean students: the best ones again, on the columns that they ask about most.

A column that nothing asks about need not be read, encoded or stored, nor a pair of categories
looked up; small models spend much of their time on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from pliant.compress.distill.fits import best_of
from pliant.compress.distill.student import Student

KEPT = 0.7
"""Of the questions that a student asks, the share that those about the columns kept make up."""


def with_lean(students: Iterable[Student]) -> Iterator[Student]:
    """Yield students, and then the best one of each family that asks questions on fewer columns."""
    best = dict[str, Student]()
    for student in students:
        yield student
        known = best.get(student.family)
        if student.asked.any() and (known is None or student.score > known.score):
            best[student.family] = student
    for student in best.values():
        hidden = seldom_asked(student.asked)
        if hidden:
            yield from best_of([[student.spec.on_fewer(hidden)]])


def seldom_asked(asked: NDArray[np.intp]) -> tuple[int, ...]:
    """Return the columns, of how often each is asked about (F,), that are left when those asked
    about most, a share `KEPT` of all questions, are taken.

    Examples
    --------
    >>> seldom_asked(np.array([50, 2, 0, 30, 18]))
    (1, 2, 4)
    """
    order = np.argsort(-asked, kind="stable")
    kept = 1 + int(np.searchsorted(np.cumsum(asked[order]), KEPT * asked.sum()))
    return tuple(sorted(order[kept:].tolist()))
