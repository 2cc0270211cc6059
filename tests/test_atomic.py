"""Files written whole or not at all, and their names on the disk too."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pliant.atomic import replacing


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be synced there")
def test_the_file_and_then_its_name_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen, sync = tmp_path / "a", list[tuple[str, bool]](), os.fsync

    def watched(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        seen.append((kind, path.exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    with replacing(path) as file:
        file.write(b"whole")
    assert seen == [("file", False), ("folder", True)]
    assert path.read_bytes() == b"whole"


def test_what_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
