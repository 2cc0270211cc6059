"""How much memory there is: sizes as people write them, and what is free here."""

from __future__ import annotations

import ctypes
import math
import os
import re
import sys
from pathlib import Path

from pliant.core.cgroups import HERE, ControlGroups
from pliant.core.errors import ConfigError

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
UNKNOWN = 8 * 2**30
"""Bytes taken for free where the system does not say."""


def parse_bytes(text: str | float) -> int:
    """Return bytes from a number of bytes or a text such as "4GB" or "500 MiB".

    Raises
    ------
    ConfigError
        When the text is no positive size.

    Examples
    --------
    >>> parse_bytes("4GB"), parse_bytes("1.5 KiB"), parse_bytes(2048)
    (4000000000, 1536, 2048)
    """
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([KMGT]?I?B?)\s*", str(text).upper())
    unit = match[2] if match else ""
    unit = unit if unit in _UNITS else f"{unit}B"
    size = float(match[1]) * _UNITS.get(unit, 0) if match else 0.0
    if not 1 <= size < 2**60:
        raise ConfigError(f'expected a size such as "4GB" or "500MB", got {text!r}')
    return int(size)


def steady(size: float) -> int:
    """Return a size rounded down to a power of the square root of 2.

    What is free differs a little from run to run; what is planned from this is mostly the same.

    Examples
    --------
    >>> steady(1000), steady(1040), steady(3000)
    (724, 1024, 2896)
    """
    return int(2 ** (math.floor(2 * math.log2(max(size, 1))) / 2))


def available_memory(groups: ControlGroups = HERE) -> int:
    """Return the bytes that could be taken now: of the machine, or of a control group's limit."""
    free, left = _machine(), groups.memory_left()
    return free if left is None else min(free, left)


def resident_memory(pid: int | None = None) -> int:
    """Return the bytes that a process holds for itself, this one by default; 0 where none tells."""
    try:
        lines = Path(f"/proc/{pid or 'self'}/status").read_text().splitlines()
    except OSError:
        return 0
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:")]
    return found[0] if found else 0


class Shares:
    """What each of several processes may hold, where this one and they share so many bytes.

    `growth` bytes of them are set aside for this process; what it takes beyond those, they lack.
    """

    def __init__(self, memory: int, processes: int, growth: int) -> None:
        self._processes = processes
        self._room, self._here = memory - growth, resident_memory() + growth
        self.planned = max(0, self._room // processes)
        """What each may plan to hold."""

    def now(self) -> int:
        """Return the bytes that each may hold at this moment."""
        beyond = max(0, resident_memory() - self._here)
        return (self._room - beyond) // self._processes


def give_back() -> None:
    """Return to the system what this process has freed: allocators keep it for later."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # no glibc here
        return


def _machine() -> int:
    path = Path("/proc/meminfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return UNKNOWN
