"""What ends a command early: Ctrl-C, and alike the signals of schedulers and closed terminals."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from types import FrameType

import typer

ALIKE = ("SIGTERM", "SIGHUP")

ONE_WISH = 1.0
"""Seconds within which signals are one wish to stop: `timeout` and shells send theirs twice."""


class Stopping:
    """Turns signals into an interrupt, and remembers which one came."""

    def __init__(self) -> None:
        self._number, self._last = int(signal.SIGINT), -ONE_WISH

    def listen(self) -> None:
        """Take the signals; one that somebody else takes or ignores, as `nohup` does, stays so."""
        for name in ALIKE:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGTERM:
            _leave_terminal()
        now = time.monotonic()
        if now - self._last >= ONE_WISH:
            self._number, self._last = number, now
            raise KeyboardInterrupt

    def exit(self) -> typer.Exit:
        """Say that the command was stopped; return what ends it with the code that shells know."""
        typer.echo("pliant: stopped before it was through", err=True)
        return typer.Exit(128 + self._number)


STOPPING = Stopping()


def _leave_terminal() -> None:
    """Let what is still printed go to nothing: the terminal is closed."""
    for descriptor in (0, 1, 2):
        if os.isatty(descriptor):
            with suppress(OSError):
                nothing = os.open(os.devnull, os.O_RDWR)
                os.dup2(nothing, descriptor)
                os.close(nothing)
