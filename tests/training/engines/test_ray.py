"""The cluster of this machine that Ray has noted: joined where it answers, else forgotten."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pliant.training.engines.ray import running_cluster


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    (tmp_path / "ray").mkdir()
    return tmp_path / "ray" / "ray_current_cluster"


def test_a_cluster_that_answers_is_joined(note: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        note.write_text(f"127.0.0.1:{server.getsockname()[1]}")
        assert running_cluster() == note.read_text()


def test_a_cluster_that_was_killed_is_not_waited_for(note: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        note.write_text(f"127.0.0.1:{server.getsockname()[1]}")
    assert running_cluster() is None


@pytest.mark.parametrize("text", ["", "nonsense", "127.0.0.1:port"])
def test_a_note_that_says_nothing_is_none(note: Path, text: str) -> None:
    assert running_cluster() is None
    note.write_text(text)
    assert running_cluster() is None


def test_a_cluster_that_was_named_is_taken(note: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    assert running_cluster() == "head:6379"
