"""Run one child process: time it, sample the memory of its whole tree, end it when it is late."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SAMPLE_SECONDS = 0.05
ERROR_LINES, ERROR_CHARACTERS = 4, 1500
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Finished:
    """What came of a child process."""

    output: str
    error: str | None
    seconds: float
    cpu_seconds: float
    peak_bytes: int | None


def run(command: list[str], limit: float, environment: dict[str, str]) -> Finished:
    """Run a command; kill it and all that it started after `limit` seconds."""
    _adopt_orphans()
    tree = _Tree()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start, cpu = time.perf_counter(), _children_cpu()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment
        )
        peak = 0
        try:
            while child.poll() is None and time.perf_counter() < start + limit:
                peak = max(peak, tree.resident())
                time.sleep(SAMPLE_SECONDS)
            seconds = time.perf_counter() - start
            late = child.poll() is None
        finally:
            _end(child, tree)
        error = f"killed after {limit:.0f} s" if late else _failure(child.returncode, err)
        out.seek(0)
        return Finished(out.read(), error, seconds, _children_cpu() - cpu, peak or None)


class _Tree:
    """Every process that this one started, and those that they started; empty without /proc."""

    def __init__(self) -> None:
        self._inside: set[int] = set()
        self._outside: set[int] = set()

    def members(self) -> set[int]:
        """Look again: a process that was inside stays inside, whoever its parent is now."""
        now = set(_processes())
        self._inside &= now
        self._outside &= now
        for pid in sorted(now - self._inside - self._outside):
            parent = _parent(pid)
            ours = parent == os.getpid() or parent in self._inside
            (self._inside if ours else self._outside).add(pid)
        return self._inside

    def resident(self) -> int:
        """Return the resident bytes of all members together."""
        return sum(_resident(pid) for pid in self.members())


def _children_cpu() -> float:
    """Return the processor seconds of all that this process waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _failure(code: int, err: IO[str]) -> str | None:
    """Say why a child failed: its last lines on standard error."""
    if code == 0:
        return None
    err.seek(0)
    lines = [line.rstrip() for line in err.read().splitlines() if line.strip()]
    return f"exit {code}: " + "\n".join(lines[-ERROR_LINES:])[-ERROR_CHARACTERS:]


def _adopt_orphans() -> None:
    """Make what a child leaves behind ours, so that it is measured and ended too (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end(child: subprocess.Popen[bytes], tree: _Tree) -> None:
    """Kill the child and all that it started, and wait until they are gone."""
    if child.poll() is None:
        child.kill()
    child.wait()
    while left := tree.members():
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        _reap()
        time.sleep(SAMPLE_SECONDS)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
