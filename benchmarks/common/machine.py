"""What a result was measured on."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from statistics import median

PACE_LOOPS, PACE_REPEATS = 400_000, 7


def describe() -> str:
    """Return processor, cores that may be used, memory and operating system in one line."""
    cores = len(os.sched_getaffinity(0))
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {cores} cores, {gigabytes:.0f} GiB, {platform.system()}"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def pace() -> float:
    """Return the seconds of a fixed piece of work on one core: the measure of other times here."""
    return median(loop() for _ in range(PACE_REPEATS))


def loop() -> float:
    """Do what predicting one row does most: small steps of the interpreter."""
    start, total = time.perf_counter(), 0
    for i in range(PACE_LOOPS):
        total += i & 7
    return time.perf_counter() - start
