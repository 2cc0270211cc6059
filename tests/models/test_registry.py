"""Families from outside: by object and by name, on every engine, in journals and files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest
from outsiders import FAMILY, SCRIPT

import pliant
from few_folds import FEW
from fresh_python import run
from pliant.core.errors import ConfigError, MissingLibraryError
from pliant.models.additive import Additive
from pliant.models.family import Default
from pliant.models.registry import FAMILIES, families_of, register_family
from pliant.testing import check_family


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the registry as it was."""
    before = dict(FAMILIES)
    yield
    FAMILIES.clear()
    FAMILIES.update(before)


def outsider() -> Any:
    module = ModuleType("outside")
    sys.modules["outside"] = module  # where dataclasses look for the names of types
    exec(FAMILY, module.__dict__)
    return module.__dict__["Shares"]()


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("threads", marks=pytest.mark.slow),
        "local",
        pytest.param("ray", marks=pytest.mark.slow),
        pytest.param("dask", marks=pytest.mark.slow),
    ],
)
def test_a_family_of_a_script_goes_all_the_way(engine: str, tmp_path: Path) -> None:
    """Fitted by the engine's workers, kept by a journal, saved, and gone from what predicts."""
    (tmp_path / "script.py").write_text(FAMILY + SCRIPT)
    run("script.py", engine, folder=tmp_path)
    (tmp_path / "rows.csv").write_text("a,b\n2.5,u\n-2.5,v\n")
    said = run("-m", "pliant", "predict", "m.pliant", "rows.csv", folder=tmp_path)
    assert [line.split(",")[0] for line in said.splitlines()[1:]] == ["yes", "no"]


def test_the_entry_point_of_an_installed_package_is_a_family(tmp_path: Path) -> None:
    """By its name, on the command line, for a file and for a store."""
    place = tmp_path / "place"
    (place / "outside-1.0.dist-info").mkdir(parents=True)
    (place / "outside.py").write_text(FAMILY)
    info = place / "outside-1.0.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pliant.families]\nshares = outside:Shares\n")
    rng = np.random.default_rng(0)
    rows = "".join(f"{v:.3f},{'yes' if v > 0 else 'no'}\n" for v in rng.normal(size=300))
    (tmp_path / "t.csv").write_text("x,y\n" + rows)
    run("-m", "pliant", "pack", "t.csv", "-t", "y", "-o", "s.codes", folder=tmp_path)
    for data in (["t.csv", "-t", "y"], ["s.codes"]):
        few = ["--models", "shares", "--trials", "2", "--workers", "2", "-o", "m.pliant"]
        said = run("-m", "pliant", "fit", *data, *few, folder=tmp_path, path=str(place))
        assert "shares default" in said
        said = run("-m", "pliant", "score", "m.pliant", "t.csv", folder=tmp_path)
        assert float(said.split()[1]) > 0.9


def test_a_family_from_outside_keeps_the_contract() -> None:
    check_family(outsider(), "binary")


def test_what_a_family_cannot_do_is_recorded() -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = pliant.Regressor(trials=2, models=["additive", outsider()], cv=FEW).fit(X, X[:, 0])
    assert [(t.status, t.reason) for t in model.trials_] == [
        ("done", ""),
        ("failed", "ValueError: expected two classes"),
    ]


def test_registered_families_are_searched_without_being_named() -> None:
    assert "shares" not in families_of(None)
    pliant.register_family(outsider())
    assert "shares" in families_of(None)
    assert families_of(["shares", "shares"]) == ("shares",)


class Taken(Additive):
    """Has the name of another one."""


class Spaced(Additive):
    """Has no name."""

    name = "two words"


class Bare(Additive):
    """Has nothing to try."""

    name = "bare"
    defaults: ClassVar[dict[str, Default]] = {}


class Absent(Additive):
    """Needs what is not there."""

    name, package, extra = "absent", "no_such_library", "absent"


@pytest.mark.parametrize(
    ("family", "said"),
    [
        (object(), "expected a pliant.Family"),
        (Taken(), "expected a new name for a family, but 'additive' is"),
        (Spaced(), "expected a family with a name of one word, got 'two words'"),
        (Bare(), "expected defaults of the family 'bare'"),
    ],
)
def test_what_is_no_family_is_said(family: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        register_family(family)
    assert FAMILIES["additive"].__class__ is Additive


def test_what_a_family_needs_is_said() -> None:
    with pytest.raises(MissingLibraryError, match=r"need no_such_library, .*pliant\[absent\]"):
        families_of([Absent()])
    assert "absent" not in families_of(None)
    with pytest.raises(ConfigError, match=r"expected models among .* got 'nonsense'"):
        families_of(["nonsense"])
    with pytest.raises(ConfigError, match=r"expected a sequence of models, such as \['linear'\]"):
        families_of("linear")
