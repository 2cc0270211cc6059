"""Temporary files where the system has no folder for them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from pliant.core.errors import SaveError
from pliant.core.temporary import lend, nameless_file, temporary_folder
from pliant.training.engines.shipment import Shipment, receive


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let no folder be there but that of TMPDIR."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(
        tempfile,
        "_candidate_tempdir_list",
        lambda: [os.environ["TMPDIR"]] if "TMPDIR" in os.environ else [],
    )
    monkeypatch.delenv("TMPDIR", raising=False)
    return monkeypatch


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="no files in memory")
def test_a_study_is_shipped_in_memory(nowhere: pytest.MonkeyPatch) -> None:
    shipment = Shipment()
    shipment.put(np.arange(5))
    assert receive(shipment.descriptor).tolist() == [0, 1, 2, 3, 4]
    shipment.close()


def test_without_any_place_one_sentence_asks_for_one(nowhere: pytest.MonkeyPatch) -> None:
    nowhere.delattr(os, "memfd_create", raising=False)
    with pytest.raises(SaveError, match="set TMPDIR"):
        nameless_file()
    with pytest.raises(SaveError, match="set TMPDIR"), temporary_folder("/nowhere"):
        pass


def test_a_folder_that_is_lent_is_used(nowhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lend(tmp_path)
    with temporary_folder() as folder:
        assert folder.parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_where_there_is_a_folder_none_is_lent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tempfile.gettempdir()
    monkeypatch.delenv("TMPDIR", raising=False)
    lend(tmp_path)
    assert "TMPDIR" not in os.environ
    assert tempfile.gettempdir() == before
