"""What the engines of clusters share: the versions that must agree, and why a job was lost."""

from __future__ import annotations

import platform
from collections.abc import Iterable

from pliant import __version__
from pliant.errors import ClusterError

GRACE_SHARE, GRACE_SECONDS = 0.5, 60.0
"""What a job may take beyond its seconds before it is given up: queues and preparing included."""

MOST_SECONDS = 3600.0
"""What a job may take where no clock is asked."""


def versions() -> tuple[str, str]:
    """Return the versions of Python, without its patch, and of this package."""
    return ".".join(platform.python_version_tuple()[:2]), __version__


def check_versions(cluster: str, found: Iterable[tuple[str, str]]) -> None:
    """Raise ClusterError unless all workers have the versions that are here."""
    here = versions()
    for there in found:
        if there != here:
            raise ClusterError(
                f"expected Python {here[0]} and pliant {here[1]} on every worker of {cluster}, "
                f"got Python {there[0]} and pliant {there[1]}"
            )


def patience(seconds: float | None) -> float:
    """Return the seconds after which a job is given up."""
    return MOST_SECONDS if seconds is None else seconds * (1 + GRACE_SHARE) + GRACE_SECONDS


def unreachable(cluster: str, error: Exception) -> ClusterError:
    """Return the error of a cluster that does not answer."""
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return ClusterError(f"expected a cluster at {cluster}, but could not use one there: {said}")
