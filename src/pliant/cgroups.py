"""Control groups: what a container, or a job of a cluster's scheduler, may take of memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OWN = Path("/proc/self/cgroup")
"""Which groups this process is in."""


@dataclass(frozen=True)
class _Version:
    """Where groups of a version lie, how their files are called, and their controller in `OWN`.

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


def left_in_groups() -> int | None:
    """Return the bytes that can still be taken in every group around this process; None: any."""
    found = [_left(version, folder) for version in VERSIONS for folder in _folders(version)]
    return min((left for left in found if left is not None), default=None)


def _folders(version: _Version) -> Iterator[Path]:
    """Give the folders of this process's group and of those around it."""
    yield version.root
    for line in _text(OWN).splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if version.controller in controllers.split(","):
            folder = version.root
            for name in path.strip("/").split("/"):
                folder = folder / name
                yield folder


def _left(version: _Version, folder: Path) -> int | None:
    limit, used = (_number(folder / name) for name in (version.limit, version.used))
    if limit is None or used is None:
        return None
    unused = 0
    for line in _text(folder / "memory.stat").splitlines():
        name, _, number = line.partition(" ")
        if name == version.unused:
            unused = int(number)
    return max(0, limit - used + unused)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None
