"""Control groups of both versions: the tightest limit around this process counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pliant import cgroups, memory
from pliant.cgroups import left_in_groups


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
