"""A kind of columns from outside, from a raw table to a file and back, by every way in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from colours import Colour, ColourCodebook, Pixel

import pliant
from few_folds import FEW
from pliant.core.config import Limits
from pliant.core.errors import ConfigError, DataError, DataWarning, ExportError, ModelFileError
from pliant.data.kinds.category import CategoryKind
from pliant.data.kinds.registry import KINDS, register_kind
from pliant.data.read import Reads, read_frame
from pliant.data.recognise import recognise
from pliant.data.stated import Stated, parse_columns
from pliant.runtime.columns import column_from_values
from pliant.runtime.intake import to_frame
from pliant.runtime.kinds import CategoryCodebook
from pliant.runtime.kinds.registry import CODEBOOKS
from pliant.runtime.quick import QuickIntake
from pliant.testing import check_kind

ROWS = 300


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the registries as they were; within, colours are known."""
    kinds, books = dict(KINDS), dict(CODEBOOKS)
    pliant.register_kind(Colour())
    pliant.register_kind(Pixel())
    yield
    for registry, before in ((KINDS, kinds), (CODEBOOKS, books)):
        registry.clear()
        registry.update(before)


def table(n: int = ROWS, seed: int = 0) -> tuple[pd.DataFrame, Any]:
    """Return colours, some missing, and a number; reddish rows are "warm"."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(0, 1 << 24, n)
    X = pd.DataFrame({"n": rng.normal(size=n), "c": [f"#{v:06x}" for v in colours]})
    y = np.where((colours >> 16) + 20 * X.n > 128, "warm", "cold")
    X.loc[::29, "c"] = None
    return X, y


def codes_by_every_way(model: pliant.Model, X: pd.DataFrame, folder: Path) -> list[Any]:
    """Return the codes (n, C) of a frame's rows, as a frame, dicts, columns, and a CSV file."""
    schema, rows = model.schema, X.to_dict("records")
    X.to_csv(folder / "rows.csv", index=False)
    quick = QuickIntake(schema)
    one = [quick.encode(row) or schema.encode(to_frame(row)) for row in rows]
    ways = [
        schema.encode(to_frame(X)),
        schema.encode(to_frame(rows)),
        schema.encode(to_frame({name: X[name].tolist() for name in X})),
        schema.encode(read_frame(folder / "rows.csv", Reads.of(schema))),
    ]
    return [np.concatenate([coded.codes for coded in one]), *(coded.codes for coded in ways)]


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("threads", marks=pytest.mark.slow),
        "local",
        pytest.param("ray", marks=pytest.mark.slow),
        pytest.param("dask", marks=pytest.mark.slow),
    ],
)
def test_a_kind_from_outside_goes_all_the_way(engine: str, tmp_path: Path) -> None:
    """Recognised, fitted by the engine's workers, kept by a journal, saved, loaded, asked."""
    X, y = table()
    settings: dict[str, Any] = {"trials": 2, "models": ["additive", "lightgbm"]}
    settings |= {"engine": engine, "n_jobs": 2, "journal": tmp_path / "journal"}
    fitted = pliant.Classifier(**settings, cv=FEW).fit(X, y)
    assert [(c.name, c.kind) for c in fitted.model_.schema.columns] == [
        ("n", "number"),
        ("c", "colour"),
    ]
    names = [name for name, _ in fitted.model_.schema.code_columns]
    assert names == ["n", "c.red", "c.green", "c.blue"]
    assert {t.status for t in fitted.trials_} == {"done"}
    assert fitted.score(*table(seed=1)) > 0.8
    again = pliant.Classifier(**settings, cv=FEW).fit(X, y)
    assert len(list((tmp_path / "journal").glob("*.trial"))) == 2
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))
    fitted.save(tmp_path / "m.pliant")
    loaded = pliant.load(tmp_path / "m.pliant")
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    first, *others = codes_by_every_way(loaded, X, tmp_path)
    assert (first[::29, 1:] == 0).all()
    assert QuickIntake(loaded.schema).encode({"n": 0.5, "c": "#ff8000"}) is not None
    assert all(np.array_equal(first, other) for other in others)


def test_a_stated_kind_counts_what_is_none_as_missing() -> None:
    X, y = table()
    X.loc[3:7, "c"] = "dark red"
    with pytest.warns(DataWarning, match=r"5 of 300 values are no colour .* such as 'dark red'"):
        model = pliant.Classifier(
            trials=1, models=["additive"], columns={"c": "colour"}, cv=FEW
        ).fit(X, y)
    assert model.model_.schema.columns[1].kind == "colour"
    assert recognise("c", column_from_values(X.c)).kind == "identifier"
    assert (model.model_.schema.encode(to_frame(X)).codes[3:8, 1:] == 0).all()


def test_a_stated_column_without_any_is_empty() -> None:
    found = recognise("c", column_from_values(["red", "blue"]), Stated("colour"))
    assert (found.kind, found.note) == ("empty", "no value is a colour")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["#ff0000", "#00ff00", None], "colour"),
        (["#ff0000"] * 9, "constant"),
        ([None, "?"], "empty"),
        (["#ff0000", "red", "#00ff00"], "category"),
        (pd.Series(["#ff0000", "#00ff00"] * 30, dtype="category"), "category"),
        ([1.0, 2.0], "number"),
    ],
)
def test_which_columns_are_colours(values: Any, kind: str) -> None:
    assert recognise("c", column_from_values(values)).kind == kind


def test_a_kind_can_be_stated_on_the_command_line() -> None:
    assert parse_columns(["a=colour,b=number:,"]) == {"a": "colour", "b": "number:,"}
    assert Stated.of("a", "colour") == Stated("colour")
    with pytest.raises(ConfigError, match="expected colour alone for column 'a', got 'colour:x'"):
        Stated.of("a", "colour:x")


def test_a_store_keeps_a_kind_from_outside(tmp_path: Path) -> None:
    """Packed from a file with a stray, fitted, appended to; strictly, the stray is refused."""
    X, y = table()
    X.loc[5, "c"] = "dark red"
    X.assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    options = pliant.PackOptions(columns={"c": "colour"})
    store = pliant.pack(
        tmp_path / "t.csv", target="y", output=tmp_path / "t.codes", options=options
    )
    assert store.schema.columns[1].kind == "colour"
    assert "1 value that are no colour count as missing" in " ".join(store.manifest.facts.notes)
    kept = store.shard(0).coded.codes
    given = store.schema.encode(to_frame(X)).codes
    assert sorted(map(tuple, kept.tolist())) == sorted(map(tuple, given.tolist()))
    with pytest.warns(DataWarning, match="1 of 300 values is no colour"):
        fitted = pliant.Classifier(trials=2, models=["additive"], cv=FEW).fit(store)
    assert fitted.score(*table(seed=1)) > 0.8
    more, more_y = table(50, seed=2)
    store = store.append(more.assign(y=more_y))
    assert len(store) == ROWS + 50
    assert set(store.manifest.facts.drift[-1].shares) >= {"c.red", "c.green", "c.blue"}
    strict = pliant.PackOptions(strict=True, columns={"c": "colour"})
    with pytest.raises(DataError, match="expected a colour in every row of column 'c', got 'dark"):
        pliant.pack(X.assign(y=y), target="y", output=tmp_path / "s.codes", options=strict)


@pytest.mark.parametrize("engine", ["threads", "local"])
def test_a_kind_may_give_vectors(engine: str, tmp_path: Path) -> None:
    """They are a plane of their own: in models, in workers, in files and in stores."""
    X, y = table()
    stated: dict[str, Any] = {"columns": {"c": "pixel"}, "n_jobs": 2, "engine": engine}
    fitted = pliant.Classifier(trials=2, models=["additive", "lightgbm"], **stated, cv=FEW).fit(
        X, y
    )
    assert fitted.score(*table(seed=1)) > 0.8
    fitted.save(tmp_path / "m.pliant")
    loaded = pliant.load(tmp_path / "m.pliant")
    expected = fitted.predict_proba(X)
    assert np.array_equal(loaded.predict_proba(X), expected)
    rows = [loaded.predict_proba(row)[0] for row in X.to_dict("records")]
    assert np.array_equal(np.array(rows), expected)
    options = pliant.PackOptions(columns={"c": "pixel"})
    place = tmp_path / "t.codes"
    store = pliant.pack(X.assign(y=y), target="y", output=place, options=options)
    kept, given = store.shard(0).coded.vectors[0], loaded.schema.encode(to_frame(X)).vectors[0]
    assert kept.dtype == given.dtype == np.float32
    assert np.array_equal(np.sort(kept, axis=0), np.sort(given, axis=0), equal_nan=True)
    of_store = pliant.Classifier(trials=1, models=["additive"], cv=FEW).fit(store)
    assert of_store.score(*table(seed=1)) > 0.8


def test_a_store_recognises_a_kind_from_outside(tmp_path: Path) -> None:
    X, y = table()
    store = pliant.pack(X.assign(y=y), target="y", output=tmp_path / "t.codes")
    assert [c.kind for c in store.schema.columns] == ["number", "colour"]


def test_a_smaller_model_keeps_all_parts_of_what_it_asks(tmp_path: Path) -> None:
    X, y = table()
    limits = Limits(size="20KB")
    model = pliant.Classifier(trials=2, models=["additive"], limits=limits, cv=FEW).fit(X, y).model_
    artifact = tmp_path / "m.pliant"
    pliant.Classifier(trials=1, models=["additive"], cv=FEW).fit(X, y).save(artifact)
    kinds = {c.name: c.kind for c in model.schema.columns}
    assert kinds["c"] == "colour"
    assert len(model.schema.binned[-1].codes) == 3


def test_a_file_of_a_kind_that_is_not_known_here_is_refused(tmp_path: Path) -> None:
    X, y = table()
    pliant.Classifier(trials=1, models=["additive"], cv=FEW).fit(X, y).save(tmp_path / "m.pliant")
    del KINDS["colour"], CODEBOOKS["colour"]
    said = "expected column 'c' to be of a kind known here, .*, got 'colour': call pliant.register_"
    with pytest.raises(ModelFileError, match=said):
        pliant.load(tmp_path / "m.pliant")
    pliant.register_kind(Colour())
    assert pliant.load(tmp_path / "m.pliant").predict(X).shape == (ROWS,)


def test_what_onnx_cannot_say_is_said(tmp_path: Path) -> None:
    X, y = table()
    model = pliant.Classifier(trials=1, models=["additive"], cv=FEW).fit(X, y)
    with pytest.raises(ExportError, match="but column 'c' is of the kind 'colour'"):
        pliant.export(model, tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("number", [0.5, None, -3.0, 7.25, 7.25, 1e300]),
        ("number", ["1,5", "2,25", "?", "-3"]),
        ("category", ["a", "b", None, "a", "3", "true"]),
        ("time", ["2020-02-29T13:00", None, "1999-12-31", "2024-07-01"]),
        ("text", ["some words", None, "other words", "some words"]),
        ("pixel", ["#ff0080", None, "#00ff00"]),
        ("colour", ["#ff0080", None, "#00ff00", "#0000ff", "#FF0080"]),
    ],
)
def test_every_kind_keeps_the_contract(name: str, values: list[Any]) -> None:
    check_kind(KINDS[name], values)


class Taken(CategoryCodebook):
    """Has the name of another one."""


class Spaced(CategoryCodebook):
    """Has no word as its name."""

    kind = "two words"


class Nothing(CategoryCodebook):
    """Has the name of what is no kind."""

    kind = "constant"


def kind_of(book: Any) -> CategoryKind:
    return type("Some", (CategoryKind,), {"codebook": book})()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (object(), "expected a pliant.ColumnKind"),
        (kind_of(int), "expected the class of a pliant.Codebook, got <class 'int'>"),
        (kind_of(Taken), "expected a new name for a kind, but 'category' is pliant"),
        (kind_of(Spaced), "expected the name of a kind to be a word of its own, got 'two words'"),
        (kind_of(Nothing), "expected the name of a kind to be a word of its own, got 'constant'"),
    ],
)
def test_what_is_no_kind_is_said(kind: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        register_kind(kind)
    assert KINDS["category"].codebook is CODEBOOKS["category"] is CategoryCodebook


def test_the_entry_point_of_an_installed_package_is_a_kind(tmp_path: Path) -> None:
    """On the command line: fitted, shown, and known to a process that predicts alone."""
    place = tmp_path / "place"
    info = place / "colours-1.0.dist-info"
    info.mkdir(parents=True)
    (place / "colours.py").write_text(Path(sys.modules["colours"].__file__ or "").read_text())
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: colours\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pliant.kinds]\ncolour = colours:Colour\n")
    X, y = table()
    X.assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    few = ["--models", "additive", "--trials", "1", "-o", "m.pliant"]
    run(tmp_path, place, "fit", "t.csv", "-t", "y", *few)
    assert "colour" in run(tmp_path, place, "show", "m.pliant")
    predicted = run(tmp_path, place, "predict", "m.pliant", "t.csv").splitlines()
    assert len(predicted) == ROWS + 1


def run(folder: Path, place: Path, *command: str) -> str:
    few = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    paths = [str(place), *(path for path in sys.path if not path.endswith("tests/data"))]
    done = subprocess.run(
        [sys.executable, "-m", "pliant", *command],
        cwd=folder,
        env=few | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_codebook_is_data(tmp_path: Path) -> None:
    """Nothing of the class is in a file: another process reads it by the name of the kind."""
    X, y = table()
    pliant.Classifier(trials=1, models=["additive"], cv=FEW).fit(X, y).save(tmp_path / "m.pliant")
    assert ColourCodebook.__name__.encode() not in (tmp_path / "m.pliant").read_bytes()
