"""Control groups of both versions: the tightest limit around this process counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pliant.core.cgroups import VERSIONS, ControlGroups
from pliant.core.memory import available_memory


@pytest.fixture(params=[0, 1], ids=["version 2", "version 1"])
def groups(request: pytest.FixtureRequest, tmp_path: Path) -> ControlGroups:
    """Return groups of memory of a version that lie in a folder of ours."""
    version = replace(VERSIONS[request.param], root=tmp_path)
    own = tmp_path / "own"
    own.write_text(f"3:cpu:/x\n0:{version.controller}:/jobs/seven\n")
    return ControlGroups(own, tmp_path / "none", (version,), ())


def limited(groups: ControlGroups, place: str, limit: str, used: int, unused: int) -> None:
    (version,) = groups.memory
    folder = version.root / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / version.limit).write_text(f"{limit}\n")
    (folder / version.used).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 7\n{version.unused} {unused}\n")


def test_without_a_limit_any_memory_may_be_taken(groups: ControlGroups) -> None:
    assert groups.memory_left() is None
    limited(groups, "", "max", 10, 0)
    assert groups.memory_left() is None


def test_the_tightest_group_counts(groups: ControlGroups) -> None:
    limited(groups, "", "9000", 1000, 0)
    assert groups.memory_left() == 8000
    limited(groups, "jobs", "5000", 1000, 500)
    assert groups.memory_left() == 4500
    limited(groups, "jobs/seven", "3000", 2500, 0)
    assert groups.memory_left() == 500
    assert available_memory(groups) == 500
    limited(groups, "jobs/eight", "10", 0, 0)
    assert groups.memory_left() == 500


def test_nothing_is_left_where_more_is_used(groups: ControlGroups) -> None:
    limited(groups, "jobs", "100", 200, 0)
    assert groups.memory_left() == 0


@pytest.fixture(params=["", "cpu"], ids=["version 2", "version 1"])
def quotas(request: pytest.FixtureRequest, tmp_path: Path) -> ControlGroups:
    """Return groups of processors of a version that lie in `tmp_path`."""
    own = tmp_path / "own"
    own.write_text("3:cpu,cpuacct:/jobs/seven\n0::/jobs/seven\n2:memory:/other\n")
    return ControlGroups(own, tmp_path / "mounts", (), ((tmp_path, request.param),))


def allowed(quotas: ControlGroups, folder: Path, time: str, period: int = 100_000) -> None:
    ((_, controller),) = quotas.quotas
    folder.mkdir(parents=True, exist_ok=True)
    if controller:
        (folder / "cpu.cfs_quota_us").write_text("-1\n" if time == "max" else f"{time}\n")
        (folder / "cpu.cfs_period_us").write_text(f"{period}\n")
    else:
        (folder / "cpu.max").write_text(f"{time} {period}\n")


def test_the_tightest_quota_counts(quotas: ControlGroups, tmp_path: Path) -> None:
    assert quotas.processors() is None
    allowed(quotas, tmp_path, "max")
    assert quotas.processors() is None
    allowed(quotas, tmp_path / "jobs", "400000")
    assert quotas.processors() == 4
    allowed(quotas, tmp_path / "jobs" / "seven", "75000", 50_000)
    assert quotas.processors() == 2  # a part of one counts as one
    allowed(quotas, tmp_path / "jobs" / "eight", "1000")
    assert quotas.processors() == 2
    allowed(quotas, tmp_path, "1000")
    assert quotas.processors() == 1


def test_groups_that_are_mounted_elsewhere_and_in_part_count(
    quotas: ControlGroups, tmp_path: Path
) -> None:
    """A container sees its groups from its own on, and names them as the machine does."""
    kind = "cgroup cgroup rw,cpu,cpuacct" if quotas.quotas[0][1] else "cgroup2 cgroup2 rw"
    place = tmp_path / "there"
    (tmp_path / "mounts").write_text(
        f"35 29 0:30 /jobs {place} rw,nosuid shared:9 - {kind}\n"
        f"36 29 0:31 / {tmp_path}/memory rw - cgroup cgroup rw,memory\n"
    )
    allowed(quotas, place / "seven", "100000")
    allowed(quotas, place, "300000")
    assert quotas.processors() == 1
    allowed(quotas, place / "seven", "max")
    assert quotas.processors() == 3
