"""Control groups: what a container, or a job of a cluster's scheduler, may take of a machine."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

OWN = Path("/proc/self/cgroup")
"""Which groups this process is in."""

MOUNTS = Path("/proc/self/mountinfo")
"""Where groups lie; a container sees those from its own on, under the names of the machine."""


@dataclass(frozen=True)
class _Version:
    """Where groups of memory of a version lie, how their files are called, and their controller in
    `OWN`.

    `unused` is the line of pages of files, which are given back where memory is wanted.
    """

    root: Path
    limit: str
    used: str
    unused: str
    controller: str


VERSIONS = (
    _Version(Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file", ""),
    _Version(
        Path("/sys/fs/cgroup/memory"),
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
        "memory",
    ),
)

QUOTAS = ((Path("/sys/fs/cgroup"), ""), (Path("/sys/fs/cgroup/cpu"), "cpu"))
"""Where groups of processor time lie, and their controller in `OWN`: version 2, version 1."""


def left_in_groups() -> int | None:
    """Return the bytes that can still be taken in every group around this process; None: any."""
    found = [
        _left(version, folder)
        for version in VERSIONS
        for folder in _folders(version.root, version.controller)
    ]
    return min((left for left in found if left is not None), default=None)


def processors_in_groups() -> int | None:
    """Return how many processors the time of every group around this process is worth; None: any.

    A part of a processor counts as one.
    """
    found = [_quota(folder) for root, controller in QUOTAS for folder in _folders(root, controller)]
    return min((count for count in found if count is not None), default=None)


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Give the folders of this process's group and of those around it."""
    lines = [line.split(":", 2) for line in _text(OWN).splitlines()]
    own = [line[2] for line in lines if len(line) == 3 and controller in line[1].split(",")]
    for folder, top in (root, "/"), *_mounts(controller):
        yield folder
        for path in own:
            if PurePosixPath(path).is_relative_to(top):
                names = PurePosixPath(path).relative_to(top).parts
                yield from (folder.joinpath(*names[: n + 1]) for n in range(len(names)))


def _mounts(controller: str) -> Iterator[tuple[Path, str]]:
    """Give where groups of a controller ("": version 2) are mounted, and which is on top there."""
    for line in _text(MOUNTS).splitlines():
        place, _, kind = line.partition(" - ")
        fields, (system, *more) = place.split(), kind.split() or [""]
        version = "cgroup" if controller else "cgroup2"
        known = not controller or controller in more[-1].split(",") if more else False
        if system == version and known and len(fields) > 4:
            yield Path(fields[4]), fields[3]


def _left(version: _Version, folder: Path) -> int | None:
    limit, used = (_number(_text(folder / name)) for name in (version.limit, version.used))
    if limit is None or used is None:
        return None
    unused = 0
    for line in _text(folder / "memory.stat").splitlines():
        name, _, number = line.partition(" ")
        if name == version.unused:
            unused = int(number)
    return max(0, limit - used + unused)


def _quota(folder: Path) -> int | None:
    """Return the processors of one group: its time in a period, in one file or in two."""
    words = [*_text(folder / "cpu.max").split(), "", ""][:2]
    if not words[0]:
        words = [_text(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
    time, period = map(_number, words)
    return math.ceil(time / period) if time and period else None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(text: str) -> int | None:
    """Return a number; None for "max", for -1 and for nothing."""
    text = text.strip()
    return int(text) if text.isdigit() else None
