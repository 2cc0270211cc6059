"""Folders of images and sounds as tables, and where paths in tables begin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pliant.core.errors import ConfigError
from pliant.data.locate import locate
from pliant.data.media_folder import media_listing
from pliant.data.paths import folder_of, in_folder
from pliant.runtime.intake import to_frame
from pliant.runtime.media.places import Folder, missing_files_named
from pliant.runtime.raw import Strings


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def listed(folder: Path, label: str = "label") -> list[dict[str, str]]:
    return [json.loads(line) for line in media_listing(str(folder), label).splitlines()]


def test_a_folder_lists_what_is_more_in_it(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.wav", "b/deep/2.FLAC", "b/.x/3.wav", "b/cover.png", "notes.txt")
    assert listed(tmp_path, "word") == [
        {"file": "a/1.wav", "word": "a"},
        {"file": "b/deep/2.FLAC", "word": "b"},
    ]
    touch(tmp_path, "b/2.png", "b/3.jpg")
    assert listed(tmp_path) == [
        {"file": f"b/{n}", "label": "b"} for n in ("2.png", "3.jpg", "cover.png")
    ]


def test_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    touch(tmp_path, "1.png", "0.png")
    assert listed(tmp_path) == [{"file": "0.png"}, {"file": "1.png"}]
    (found,) = locate(tmp_path)
    assert found.folder == str(tmp_path)
    assert media_listing(str(tmp_path / "nowhere")) == b""


def test_paths_begin_in_the_folder_of_all_files(tmp_path: Path) -> None:
    touch(tmp_path, "a/x.csv", "b/y.csv")
    files = [str(tmp_path / name) for name in ("a/x.csv", "b/y.csv")]
    assert folder_of(locate(files[0])) == Folder(str(tmp_path / "a"))
    assert folder_of(locate(files), "allow") == Folder(str(tmp_path), "allow")
    column = in_folder(to_frame({"p": ["c.png"], "n": [1]}), Folder("d"))["p"]
    assert isinstance(column, Strings)
    assert column.folder == Folder("d")
    assert column.take(column.indices * 0).folder == Folder("d")


def test_places_of_cells() -> None:
    assert Folder("d").place("/abs/x.png") == "/abs/x.png"
    assert Folder("https://h/t").place("x.png") == "https://h/t/x.png"
    assert Folder("d").place("s3://b/x.png") == "s3://b/x.png"
    with pytest.raises(ConfigError, match="'refuse' or 'allow', got 'perhaps'"):
        missing_files_named("perhaps")
