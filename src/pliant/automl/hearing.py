"""What an estimator says while it is fitted, and of what it has found in the columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pliant.core.callers import warn
from pliant.core.deadline import Deadline
from pliant.core.errors import DataWarning
from pliant.data.stated import stated_kinds
from pliant.runtime.model import Card
from pliant.training.progress import Progress

Tell = Callable[[Progress], None]


@contextmanager
def heard(verbose: int, deadline: Deadline, own: Tell | None) -> Iterator[Tell]:
    """Give what hears of progress: the user's own function, if any, and the view if `verbose`."""
    listener = own or (lambda progress: None)
    if not verbose:
        yield listener
        return
    from pliant.training.live import shown

    with shown(deadline) as view:

        def both(progress: Progress) -> None:
            listener(progress)
            view(progress)

        yield both


def say_result(card: Card, n_trials: int, deadline: Deadline) -> None:
    """Say in a line what came of a fit."""
    from pliant.training.live import say

    said = f"{card.metric.removeprefix('neg_')} {card.score} on held-out rows"
    say(f"pliant: {said} after {deadline.elapsed():.1f} s, {n_trials} trials")


def warn_of(name: str, text: str) -> None:
    """Say what is worth knowing of a column, and how to state it otherwise."""
    kinds = ", ".join(stated_kinds())
    warn(f"column {name!r}: {text} (columns={{{name!r}: KIND}} overrules it: {kinds})", DataWarning)
