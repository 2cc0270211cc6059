"""A command under a hard cap of memory, and the most that it took.

What is capped is what all its processes hold together and cannot give back: a control group of
their own (version 1 or 2) counts that, and the kernel ends who wants more. Pages of files count
until they are needed elsewhere, so the most that was held is read from the group's own count of
anonymous memory. RLIMIT_AS and RLIMIT_DATA count what is mapped, not what is held, and each process
alone: they are no cap of this kind.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK = 0.05


@dataclass(frozen=True)
class Version:
    """Where a version of control groups lies, and how its files are called."""

    root: Path
    limit: str
    held: str


VERSIONS = (
    Version(Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "total_rss"),
    Version(Path("/sys/fs/cgroup"), "memory.max", "anon"),
)


@dataclass(frozen=True)
class Capped:
    """How a command ended, in how many seconds, the most bytes it held, and what it printed."""

    code: int
    seconds: float
    peak: int
    output: str


def version() -> Version | None:
    """Return the control groups that can be made here; None where there are none."""
    for found in VERSIONS:
        name = f"pliant-can-{os.getpid()}"
        try:
            (found.root / name).mkdir()
        except OSError:
            continue
        usable = (found.root / name / found.limit).exists()
        (found.root / name).rmdir()
        if usable:
            return found
    return None


def run(command: Sequence[str], cap: int | None, seconds: float = 3600.0) -> Capped:
    """Run a command under a cap of so many bytes; None for none, and its memory is watched only.

    A command that is ended by the kernel has the code -9.
    """
    start, peak = time.perf_counter(), 0
    with _group(cap) as (folder, found), tempfile.TemporaryFile("w+") as output:
        procs = folder / "cgroup.procs"
        process = subprocess.Popen(
            ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', str(procs), *command],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while process.poll() is None and time.perf_counter() - start < seconds:
                peak = max(peak, _held(folder, found))
                time.sleep(TICK)
        finally:
            process.kill()
            process.wait()
        taken = time.perf_counter() - start
        output.seek(0)
        return Capped(process.returncode, taken, peak, output.read())


@contextmanager
def _group(cap: int | None) -> Iterator[tuple[Path, Version]]:
    found = version()
    if found is None:
        raise OSError("expected control groups that can be written to (root, cgroup v1 or v2)")
    folder = found.root / f"pliant-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir()
    try:
        if cap is not None:
            (folder / found.limit).write_text(str(cap))
        yield folder, found
    finally:
        _removed(folder)


def _removed(folder: Path) -> None:
    """Remove a group once the last of its processes is gone."""
    for _ in range(100):
        try:
            folder.rmdir()
        except OSError:
            time.sleep(TICK)
        else:
            return


def _held(folder: Path, found: Version) -> int:
    for line in (folder / "memory.stat").read_text().splitlines():
        name, number = line.split()
        if name == found.held:
            return int(number)
    return 0
