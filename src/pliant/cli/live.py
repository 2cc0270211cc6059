"""The live view of a fit: time left, trials, best score so far, what runs now."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from pliant.config import Clock
from pliant.training.progress import Progress


class LiveView:
    """Redraws a few lines on a terminal until the fit is over."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._clock = clock
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
        elapsed, budget = self._clock.elapsed(), self._clock.seconds
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
