"""Files written whole or not at all, and their names on the disk too."""

from __future__ import annotations

import os
import stat
from contextlib import nullcontext
from pathlib import Path

import pytest

from pliant import artifact
from pliant.core.atomic import new_folder, replacing
from pliant.core.errors import SaveError


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
def test_an_interrupt_at_any_moment_leaves_a_whole_folder_or_none(
    moment: str, call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, act, calls = tmp_path / "a", getattr(os, moment), list[object]()

    def interrupted(*args: object) -> None:
        calls.append(args)
        act(*args)
        if len(calls) == call:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, moment, interrupted)
    ends = pytest.raises(KeyboardInterrupt) if (moment, call) != ("rename", 2) else nullcontext()
    with ends, new_folder(path) as folder:
        (folder / "new").touch()
    monkeypatch.undo()
    done = moment == "rename"
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")] == done * ["a", "a/new"]


def test_of_two_new_folders_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    refused = pytest.raises(SaveError, match="a exists already")
    with refused, new_folder(path), new_folder(path) as quicker:
        (quicker / "theirs").touch()
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")] == ["a", "a/theirs"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_written(there: bool, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link, file = tmp_path / "link", tmp_path / "far" / "file"
    link.symlink_to("far/file")
    if there:
        file.write_bytes(b"old")
        file.chmod(0o600)
    with replacing(link) as opened:
        opened.write(b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert [p.name for p in file.parent.iterdir()] == ["file"]
    assert not there or stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("parts", ["folder", "circle"])
def test_a_link_that_leads_nowhere_is_said(parts: str, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("absent/file" if parts == "folder" else "link")
    with pytest.raises(SaveError, match=r"expected to write .*link, but: "), replacing(link):
        pass
    with pytest.raises(SaveError, match=r"expected to write .*, but: "), new_folder(link):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["link"]


def test_a_folder_can_be_made_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link = tmp_path / "link"
    link.symlink_to("far/a")
    with new_folder(link) as folder:
        (folder / "new").touch()
    assert link.is_symlink()
    assert [str(p.relative_to(tmp_path / "far")) for p in (tmp_path / "far").rglob("*")] == [
        "a",
        "a/new",
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/dev/full")
    full = pytest.raises(SaveError, match="link, but: No space left on device")
    with full, replacing(link) as file:
        file.write(b"x" * 100_000)
    with pytest.raises(SaveError, match="link, but: No space left on device"):
        artifact.container.write_parts(link, 1, {"a": b"x" * 100_000})
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with replacing(tmp_path / "pipe") as file:
        file.write(b"new")
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert stat.S_ISCHR(link.stat().st_mode)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="Is a directory"), replacing(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    with replacing(tmp_path / ("ö" * 127)) as file:
        file.write(b"new")
    assert len(list(tmp_path.iterdir())) == 1


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
