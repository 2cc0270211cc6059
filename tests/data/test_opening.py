"""`pliant.data.open`: one way in for files, stores and tables in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pliant
from pliant.core.errors import ConfigError, DataError, DataWarning
from pliant.data.read import Reads

ROWS: dict[str, list[Any]] = {"age": [23, 61, 35, 70] * 5, "rich": ["no", "yes", "no", "yes"] * 5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two halves of a table, the whole of it, and a store of it."""
    lines = [f"{a},{r}\n" for a, r in zip(*ROWS.values(), strict=True)]
    for name, part in (("a.csv", lines[:8]), ("b.csv", lines[8:]), ("whole.csv", lines)):
        (tmp_path / name).write_text("age,rich\n" + "".join(part))
    pliant.pack(ROWS, target="rich", output=tmp_path / "rows.codes")
    return tmp_path


@pytest.mark.parametrize(
    "places",
    ["whole.csv", ["a.csv", "b.csv"], "[ab].csv", ("a.csv", "b.csv")],
    ids=["a path", "several", "a glob", "a tuple"],
)
def test_files_are_found_in_every_way(places: Any, folder: Path) -> None:
    named = folder / places if isinstance(places, str) else [folder / place for place in places]
    data = pliant.data.open(named, "rich")
    frame = data.frame()
    assert frame.n_rows == 20
    assert list(frame) == ["age", "rich"]
    assert not data.is_store
    assert len(data.files) == (1 if places == "whole.csv" else 2)


def test_a_url_is_a_place(folder: Path) -> None:
    assert pliant.data.open((folder / "whole.csv").as_uri()).frame().n_rows == 20


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, dict])
def test_tables_in_memory_are_opened(kind: Any) -> None:
    frame = pliant.data.open(kind(ROWS), "rich").frame()
    assert frame["age"].values.tolist() == ROWS["age"]
    assert frame["rich"].values == ("no", "yes")  # exact, as a target is


def test_an_array_has_columns_by_number() -> None:
    data = pliant.data.open(np.arange(6.0).reshape(3, 2), [1, 2, 3])
    assert list(data.frame()) == ["x0", "x1"]
    assert repr(data) == "<Dataset a table in memory: target>"


def test_a_store_is_opened_by_its_path_or_itself(folder: Path) -> None:
    for source in (folder / "rows.codes", pliant.open_store(folder / "rows.codes")):
        data = pliant.data.open(source)
        assert data.is_store
        assert data.target == "rich"
        assert data.store is not None
        assert len(data.store) == 20
        assert pliant.data.open(source, "rich").target == "rich"
        with pytest.raises(DataError, match=r"rows\.codes is a store, which has codes"):
            data.frame()


def test_what_was_stated_is_kept(folder: Path) -> None:
    data = pliant.data.open(
        folder / "whole.csv", "rich", time="age", columns={"age": "number"}, encoding="cp1252"
    )
    assert data.roles.time == "age"
    assert data.roles.weight is None
    assert data.statements.columns["age"].kind == "number"
    assert list(data.statements.kept) == ["age"]
    assert data.encoding == "cp1252"
    assert repr(data) == f"<Dataset {folder / 'whole.csv'}: target 'rich', time 'age'>"


def test_files_say_where_they_can_be_found_again(folder: Path) -> None:
    data = pliant.data.open(folder / "whole.csv", "rich", groups="age")
    assert data.provenance is not None
    assert data.provenance.groups == "age"
    assert data.provenance.bytes == (folder / "whole.csv").stat().st_size
    assert pliant.data.open(ROWS, "rich").provenance is None
    assert pliant.data.open(folder / "rows.codes").provenance is None


def test_only_what_is_asked_for_is_read(folder: Path) -> None:
    for source in (folder / "whole.csv", ROWS):
        frame = pliant.data.open(source).frame(Reads(columns={"age"}))
        assert list(frame) == ["age"]


def test_how_a_file_was_read_is_said(tmp_path: Path) -> None:
    text = "\n".join(f"{a},{r}," for a, r in zip(*ROWS.values(), strict=True))
    (tmp_path / "t.csv").write_text(f"age,rich,\n{text}\n")
    heard: list[str] = []
    pliant.data.open(tmp_path / "t.csv", tell=heard.append).frame()
    assert len(heard) == 1
    with pytest.warns(DataWarning) as warned:
        pliant.data.open(tmp_path / "t.csv").frame()
    assert [str(w.message) for w in warned] == heard
    assert warned[0].filename == __file__


@pytest.mark.parametrize(
    ("source", "options", "error", "said"),
    [
        ("absent.csv", {}, DataError, "there is no file"),
        ("*.parquet", {}, DataError, "expected files that match"),
        (".", {}, DataError, "is a folder without one"),
        ("absent.codes", {}, DataError, "expected a store"),
        ("whole.xlsx", {}, DataError, "expected a file that ends in"),
        ("whole.csv", {"encoding": "utf-99"}, ConfigError, "utf-99"),
        ("whole.csv", {"columns": {"age": "colour"}}, ConfigError, "expected column 'age'"),
        ("rows.codes", {"target": "age"}, ConfigError, "expected the target 'rich'"),
        ("rows.codes", {"target": [1, 2]}, ConfigError, "got values"),
        ("rows.codes", {"weight": "age"}, ConfigError, "expected no weight for a store"),
        ("rows.codes", {"encoding": "cp1252"}, ConfigError, "expected no encoding for a store"),
    ],
)
def test_what_cannot_be_opened_is_said(
    source: str, options: dict[str, Any], error: type[Exception], said: str, folder: Path
) -> None:
    with pytest.raises(error, match=said):
        pliant.data.open(folder / source, **options)


def test_a_dataset_is_opened_once(folder: Path) -> None:
    data = pliant.data.open(folder / "whole.csv", "rich")
    with pytest.raises(ConfigError, match=r"whole\.csv: target 'rich'>, which is one already"):
        pliant.data.open(data, "age")


@pytest.mark.parametrize("role", ["target", "weight", "groups", "time"])
def test_files_have_roles_by_name_alone(role: str, folder: Path) -> None:
    with pytest.raises(DataError, match=rf"expected {role} to name a column of .*whole\.csv"):
        pliant.data.open(folder / "whole.csv", **{role: [1, 2, 3]})
