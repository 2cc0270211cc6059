"""What is shown of a fit while it runs: time left, trials, best score so far, what runs now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from pliant.core.deadline import Deadline
from pliant.training.progress import Progress

SECONDS_A_LINE = 5.0
"""Seconds between the lines that a log gets."""


@contextmanager
def shown(deadline: Deadline) -> Iterator[Callable[[Progress], None]]:
    """Give what shows progress until the fit is over: drawn anew in a terminal, and in a
    notebook that has ipywidgets; as lines in a log.
    """
    screen = Console(stderr=True, markup=False, emoji=False)
    drawn = screen.is_terminal or (screen.is_jupyter and find_spec("ipywidgets") is not None)
    if not drawn:
        yield LogLines(deadline).tell
        return
    with LiveView(screen, deadline) as view:
        yield view.tell


def say(line: str) -> None:
    """Write a line to standard error; in a notebook, which shows that as a fault, to the output."""
    print(line, file=sys.stdout if Console(stderr=True).is_jupyter else sys.stderr)


class LogLines:
    """Writes a line now and then."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline, self._last = deadline, -SECONDS_A_LINE

    def tell(self, progress: Progress) -> None:
        """Take news of the search; a line is written where the last one is old."""
        elapsed = self._deadline.elapsed()
        if elapsed - self._last < SECONDS_A_LINE:
            return
        self._last = elapsed
        budget = "" if progress.budget is None else f" of {progress.budget:.0f}"
        best = "" if progress.best is None else f", best {progress.best:.6g}"
        trials = f"{progress.trials} trial{'s' if progress.trials != 1 else ''}"
        now = progress.running or progress.stage
        say(f"pliant: {elapsed:.0f}{budget} s, {trials}{best}, {now}")


class LiveView:
    """Redraws a few lines on a terminal until the fit is over."""

    def __init__(self, console: Console, deadline: Deadline) -> None:
        self._deadline = deadline
        self._progress: Progress | None = None
        self._live = Live(
            console=console, get_renderable=self._draw, refresh_per_second=5, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def tell(self, progress: Progress) -> None:
        """Take news of the search."""
        self._progress = progress

    def _draw(self) -> RenderableType:
        grid = Table.grid(padding=(0, 2))
        elapsed, budget = self._deadline.elapsed(), self._deadline.seconds
        if budget is None:
            grid.add_row("time", f"{elapsed:.0f} s so far")
        else:
            bar = ProgressBar(budget, min(elapsed, budget), width=30)
            grid.add_row("time left", f"{max(0.0, budget - elapsed):.0f} s", bar)
        now = self._progress
        if now is None:
            grid.add_row("now", "reading the table")
            return grid
        best = "none yet" if now.best is None else f"{now.best:.6g}"
        grid.add_row("trials", str(now.trials))
        grid.add_row("best score", best)
        grid.add_row("now", now.running or now.stage)
        return grid
