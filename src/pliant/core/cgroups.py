"""Control groups: what a container, or a job of a cluster's scheduler, may take of a machine."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class MemoryGroups:
    """Where groups of memory of a version lie, how their files are called, and their controller in
    the list of this process's groups.

    `unused` is the line of pages of files, which are given back where memory is wanted.
    """

    root: Path
    limit: str
    used: str
    unused: str
    controller: str


VERSIONS = (
    MemoryGroups(Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file", ""),
    MemoryGroups(
        Path("/sys/fs/cgroup/memory"),
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
        "memory",
    ),
)

QUOTAS = ((Path("/sys/fs/cgroup"), ""), (Path("/sys/fs/cgroup/cpu"), "cpu"))
"""Where groups of processor time lie, and their controller: version 2, version 1."""


@dataclass(frozen=True)
class ControlGroups:
    """The groups around this process, as the system tells of them.

    `own` lists which groups it is in, and `mounts` where groups lie: a container sees those from
    its own on, under the names of the machine. `memory` and `quotas` are the places where groups
    are looked for besides.
    """

    own: Path = Path("/proc/self/cgroup")
    mounts: Path = Path("/proc/self/mountinfo")
    memory: tuple[MemoryGroups, ...] = VERSIONS
    quotas: tuple[tuple[Path, str], ...] = QUOTAS

    def memory_left(self) -> int | None:
        """Return the bytes that can still be taken in every group; None: any."""
        found = [
            _left(version, folder)
            for version in self.memory
            for folder in self._folders(version.root, version.controller)
        ]
        return min((left for left in found if left is not None), default=None)

    def processors(self) -> int | None:
        """Return how many processors the time of every group is worth; None: any.

        A part of a processor counts as one.
        """
        found = [
            _quota(folder)
            for root, controller in self.quotas
            for folder in self._folders(root, controller)
        ]
        return min((count for count in found if count is not None), default=None)

    def _folders(self, root: Path, controller: str) -> Iterator[Path]:
        """Give the folders of this process's group and of those around it."""
        lines = [line.split(":", 2) for line in _text(self.own).splitlines()]
        own = [line[2] for line in lines if len(line) == 3 and controller in line[1].split(",")]
        for folder, top in (root, "/"), *self._mounted(controller):
            yield folder
            for path in own:
                if PurePosixPath(path).is_relative_to(top):
                    names = PurePosixPath(path).relative_to(top).parts
                    yield from (folder.joinpath(*names[: n + 1]) for n in range(len(names)))

    def _mounted(self, controller: str) -> Iterator[tuple[Path, str]]:
        """Give where groups of a controller ("": version 2) are, and which is on top there."""
        for line in _text(self.mounts).splitlines():
            place, _, kind = line.partition(" - ")
            fields, (system, *more) = place.split(), kind.split() or [""]
            version = "cgroup" if controller else "cgroup2"
            known = not controller or controller in more[-1].split(",") if more else False
            if system == version and known and len(fields) > 4:
                yield Path(fields[4]), fields[3]


HERE = ControlGroups()
"""The groups of this process."""


def _left(version: MemoryGroups, folder: Path) -> int | None:
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
