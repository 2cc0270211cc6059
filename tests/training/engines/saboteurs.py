"""Configurations that do harm when a learner first looks at them; workers import this file."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any


class Saboteur:
    """Does harm when any setting is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.harm()
        raise ValueError("harm was done")

    def harm(self) -> None:
        """Do it."""


class Crashes(Saboteur):
    def harm(self) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)


class Exits(Saboteur):
    def harm(self) -> None:
        os._exit(3)


class Hangs(Saboteur):
    def harm(self) -> None:
        time.sleep(10_000)


class Devours(Saboteur):
    def harm(self) -> None:
        kept = []
        while True:
            kept.append(bytearray(b"x") * 20_000_000)
            time.sleep(0.01)


class Reserves(Saboteur):
    """Asks for more at once than the system lets a worker reserve."""

    def harm(self) -> None:
        bytearray(10**12)


class Chatters(Saboteur):
    """Prints a gigabyte, and as much again as errors."""

    def harm(self, lines: int = 1_000) -> None:
        line = "x" * 1_000_000
        for _ in range(lines):
            print(line)
            sys.stderr.write(line)


class Murmurs(Chatters):
    """Prints more than any pipe holds."""

    def harm(self, lines: int = 5) -> None:
        super().harm(lines)


class Dies(Saboteur):
    """Is killed from outside, as often as it is tried."""

    def harm(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Raises(Saboteur):
    pass
