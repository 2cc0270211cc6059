"""Control groups of both versions: the tightest limit around this process counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pliant.core import cgroups, memory
from pliant.core.cgroups import left_in_groups, processors_in_groups


@pytest.fixture(params=[0, 1], ids=["version 2", "version 1"])
def version(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> cgroups._Version:
    """Return a version of groups that lies in a folder of ours."""
    made = replace(cgroups.VERSIONS[request.param], root=tmp_path)
    monkeypatch.setattr(cgroups, "VERSIONS", (made,))
    own = tmp_path / "own"
    own.write_text(f"3:cpu:/x\n0:{made.controller}:/jobs/seven\n")
    monkeypatch.setattr(cgroups, "OWN", own)
    monkeypatch.setattr(cgroups, "MOUNTS", tmp_path / "none")
    return made


def limited(version: cgroups._Version, folder: Path, limit: str, used: int, unused: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / version.limit).write_text(f"{limit}\n")
    (folder / version.used).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 7\n{version.unused} {unused}\n")


def test_without_a_limit_any_memory_may_be_taken(version: cgroups._Version) -> None:
    assert left_in_groups() is None
    limited(version, version.root, "max", 10, 0)
    assert left_in_groups() is None


def test_the_tightest_group_counts(version: cgroups._Version) -> None:
    limited(version, version.root, "9000", 1000, 0)
    assert left_in_groups() == 8000
    limited(version, version.root / "jobs", "5000", 1000, 500)
    assert left_in_groups() == 4500
    limited(version, version.root / "jobs" / "seven", "3000", 2500, 0)
    assert left_in_groups() == 500
    assert memory.available_memory() == 500
    limited(version, version.root / "jobs" / "eight", "10", 0, 0)
    assert left_in_groups() == 500


def test_nothing_is_left_where_more_is_used(version: cgroups._Version) -> None:
    limited(version, version.root / "jobs", "100", 200, 0)
    assert left_in_groups() == 0


@pytest.fixture(params=["", "cpu"], ids=["version 2", "version 1"])
def controller(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Return the controller of a version whose groups of processors lie in `tmp_path`."""
    monkeypatch.setattr(cgroups, "QUOTAS", ((tmp_path, request.param),))
    own = tmp_path / "own"
    own.write_text("3:cpu,cpuacct:/jobs/seven\n0::/jobs/seven\n2:memory:/other\n")
    monkeypatch.setattr(cgroups, "OWN", own)
    monkeypatch.setattr(cgroups, "MOUNTS", tmp_path / "mounts")
    return str(request.param)


def allowed(controller: str, folder: Path, time: str, period: int = 100_000) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if controller:
        (folder / "cpu.cfs_quota_us").write_text("-1\n" if time == "max" else f"{time}\n")
        (folder / "cpu.cfs_period_us").write_text(f"{period}\n")
    else:
        (folder / "cpu.max").write_text(f"{time} {period}\n")


def test_the_tightest_quota_counts(controller: str, tmp_path: Path) -> None:
    assert processors_in_groups() is None
    allowed(controller, tmp_path, "max")
    assert processors_in_groups() is None
    allowed(controller, tmp_path / "jobs", "400000")
    assert processors_in_groups() == 4
    allowed(controller, tmp_path / "jobs" / "seven", "75000", 50_000)
    assert processors_in_groups() == 2  # a part of one counts as one
    allowed(controller, tmp_path / "jobs" / "eight", "1000")
    assert processors_in_groups() == 2
    allowed(controller, tmp_path, "1000")
    assert processors_in_groups() == 1


def test_groups_that_are_mounted_elsewhere_and_in_part_count(
    controller: str, tmp_path: Path
) -> None:
    """A container sees its groups from its own on, and names them as the machine does."""
    kind = "cgroup cgroup rw,cpu,cpuacct" if controller else "cgroup2 cgroup2 rw"
    place = tmp_path / "there"
    (tmp_path / "mounts").write_text(
        f"35 29 0:30 /jobs {place} rw,nosuid shared:9 - {kind}\n"
        f"36 29 0:31 / {tmp_path}/memory rw - cgroup cgroup rw,memory\n"
    )
    allowed(controller, place / "seven", "100000")
    allowed(controller, place, "300000")
    assert processors_in_groups() == 1
    allowed(controller, place / "seven", "max")
    assert processors_in_groups() == 3
