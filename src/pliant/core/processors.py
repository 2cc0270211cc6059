"""How many processors this process may use: of the machine, and of what bounds it there."""

from __future__ import annotations

import os
import re
from numbers import Integral
from pathlib import Path

from pliant.core.cgroups import HERE, ControlGroups
from pliant.core.errors import ConfigError

VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "LOKY_MAX_CPU_COUNT",
    "PYTHON_CPU_COUNT",
    "SLURM_CPUS_PER_TASK",
    "NSLOTS",
)
"""What people and schedulers set to bound a process; those of BLAS alone say nothing of fits."""


def processors(groups: ControlGroups = HERE) -> int:
    """Return how many processors may be used, at least 1: the least of what anything says.

    That is the processors of the machine, the affinity mask, the quotas of control groups, and
    the usual variables.
    """
    said = [bound(groups), *map(_variable, VARIABLES)]
    return max(1, min(number for number in said if number))


def bound(groups: ControlGroups = HERE) -> int:
    """Return how many processors this process can get, whatever it asks for, at least 1."""
    return max(1, min(_machine(), groups.processors() or _machine()))


def processors_of(n_jobs: int | None) -> int | None:
    """Return how many processors scikit-learn's `n_jobs` means; None for all that there are.

    Raises
    ------
    ConfigError
        When it is 0, or no whole number.

    Examples
    --------
    >>> processors_of(3), processors_of(-1), processors_of(None)
    (3, None, None)
    """
    if n_jobs is not None and (isinstance(n_jobs, bool) or not isinstance(n_jobs, Integral)):
        raise ConfigError(f"expected n_jobs to be a whole number or None, got {n_jobs!r}")
    if n_jobs == 0:
        raise ConfigError("expected n_jobs of at least 1, or -1 for all processors, got 0")
    if n_jobs is None or n_jobs == -1:
        return None
    return n_jobs if n_jobs > 0 else max(1, processors() + 1 + n_jobs)


def _machine() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _variable(name: str) -> int | None:
    """Return what a variable allows; of a list, for threads within threads, the first counts."""
    match = re.fullmatch(r"\s*(\d+)\s*(,.*)?", os.environ.get(name, ""))
    return int(match[1]) if match else None


class Stillness:
    """Whether a process has used no processor for so many looks at it, one after another.

    Looks are counted, not seconds: a machine that slept wakes whoever looks as well.
    """

    def __init__(self, pid: int, looks: int) -> None:
        self._pid, self._looks = pid, looks
        self._used, self._same = -1, 0

    @property
    def over(self) -> bool:
        """Whether it was found so."""
        return self._used >= 0 and self._same >= self._looks

    def lasts(self) -> bool:
        """Look once more; return whether the process stood still all the while."""
        used = _time_used(self._pid)
        self._same = self._same + 1 if used == self._used else 0
        self._used = used
        return self.over


def _time_used(pid: int) -> int:
    """Return the ticks of processor time that a process has used; -1 where none tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return -1
    return int(fields[11]) + int(fields[12])
