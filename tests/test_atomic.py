"""Files written whole or not at all, and their names on the disk too."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pliant.atomic import replacing, replacing_folder


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


@pytest.mark.parametrize("moment", ["mkdir", "rename"])
@pytest.mark.parametrize("call", [1, 2])
def test_an_interrupt_at_any_moment_leaves_the_old_folder_and_no_other(
    moment: str, call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, act, calls = tmp_path / "a", getattr(os, moment), list[object]()
    path.mkdir()
    (path / "old").touch()

    def interrupted(*args: object) -> None:
        calls.append(args)
        act(*args)
        if len(calls) == call:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, moment, interrupted)
    with pytest.raises(KeyboardInterrupt), replacing_folder(path, overwrite=True) as folder:
        (folder / "new").touch()
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    done = (moment, call) == ("rename", 2)
    assert [p.name for p in path.iterdir()] == ["new" if done else "old"]


def test_an_interrupt_as_a_file_is_opened_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def interrupted(self: Path, mode: str) -> None:
        opened(self, mode).close()
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "open", interrupted)
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "a"):
        pass
    assert not list(tmp_path.iterdir())
