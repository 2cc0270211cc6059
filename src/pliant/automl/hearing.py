"""What an estimator says while it is fitted, and of what it has found in the columns."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pliant.core.config import Clock
from pliant.core.errors import DataWarning
from pliant.data.stated import stated_kinds
from pliant.runtime.model import Card
from pliant.training.progress import Progress

Tell = Callable[[Progress], None]


@contextmanager
def heard(verbose: int, clock: Clock, own: Tell | None) -> Iterator[Tell]:
    """Give what hears of progress: the user's own function, if any, and the view if `verbose`."""
    listener = own or (lambda progress: None)
    if not verbose:
        yield listener
        return
    from pliant.training.live import shown

    with shown(clock) as view:

        def both(progress: Progress) -> None:
            listener(progress)
            view(progress)

        yield both


def say_result(card: Card, n_trials: int, clock: Clock) -> None:
    """Say in a line what came of a fit."""
    from pliant.training.live import say

    said = f"{card.metric.removeprefix('neg_')} {card.score} on held-out rows"
    say(f"pliant: {said} after {clock.elapsed():.1f} s, {n_trials} trials")


def warn_of(name: str, text: str) -> None:
    """Say what is worth knowing of a column, and how to state it otherwise."""
    kinds = ", ".join(stated_kinds())
    warnings.warn(
        f"column {name!r}: {text} (columns={{{name!r}: KIND}} overrules it: {kinds})",
        DataWarning,
        stacklevel=_callers(),
    )


def _callers() -> int:
    """Return at which level of the stack, seen from who asks, a user's own code is."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level


_PACKAGE = str(Path(__file__).parents[1])
