"""The package's face: its names, what importing and predicting load, what the examples say."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import pkgutil
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pliant
from few_folds import FEW
from pliant import artifact
from pliant.automl.fit import fit
from pliant.core.config import Budget
from pliant.data.table import Roles
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.fit_spec import FitSpec

ROOT = Path(__file__).parents[1]
TRAINERS = ("sklearn", "lightgbm", "catboost", "xgboost", "optuna", "scipy", "pandas", "torch")


def python(code: str, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return run.stdout


def modules() -> list[str]:
    found = pkgutil.walk_packages(pliant.__path__, "pliant.")
    return [m.name for m in found if not m.name.endswith((".kernel", "_kernel"))]


def test_every_name_is_there() -> None:
    for name in pliant.__all__ * 2:  # a module of the same name would take its place
        assert getattr(pliant, name).__name__ in (name, f"pliant.{name}")
    assert dir(pliant) == sorted(pliant.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pliant.nonsense


def test_the_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", pliant.__version__)


def test_import_is_light() -> None:
    loaded = json.loads(python("import sys, json, pliant; print(json.dumps(list(sys.modules)))"))
    assert not {"numpy", "pyarrow", *TRAINERS} & set(loaded)


def test_load_and_predict_need_no_training_library(tmp_path: Path) -> None:
    rows: dict[str, Any] = {"a": [1.0, 2.0, None, 4.0] * 10, "b": ["x", "y"] * 20}
    question = Question("y", column_from_values([0, 1] * 20))
    spec = FitSpec(Budget(None, 4), models=["additive", "lightgbm", "forest", "neural"], folds=FEW)
    result = fit(FrameRows(to_frame(rows), question, Roles()), spec)
    artifact.save(result.model, tmp_path / "m.pliant")
    code = (
        "import sys, json, pliant; model = pliant.load(sys.argv[1]);"
        "model.predict({'a': 1, 'b': 'x'}); model.predict_proba([{'a': 1, 'b': 'x'}]);"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    loaded = json.loads(python(code, str(tmp_path / "m.pliant")))
    assert not set(TRAINERS) & set(loaded)
    assert "pyarrow" not in loaded
    assert "numpy" in loaded


def entries() -> list[str]:
    """Return the public names that can be called, and the methods of classes among them."""
    found = []
    for name in pliant.__all__:
        value = getattr(pliant, name)
        if inspect.isclass(value):
            members = inspect.getmembers_static(value, inspect.isfunction)
            ours = [m for m, f in members if f.__module__.startswith("pliant.") and m[0] != "_"]
            found += [f"{name}.{member}" for member in ours]
        if not inspect.ismodule(value):
            found.append(name)
    return [*found, "data.open"]


WRITTEN_BY_USERS = (
    *("Family", "IncrementalFamily", "ColumnKind"),
    *("Codebook", "BinnedCodebook", "PlaneCodebook", "PartsCodebook"),
)
"""Classes whose methods a user writes rather than calls: the example is that of the class."""

HEARD = ("Dataset.tell", "PackOptions.tell")
"""Fields that are functions."""


@pytest.mark.parametrize("name", sorted({*entries()} - {*HEARD}))
def test_every_public_name_has_an_example(name: str) -> None:
    owner, _, member = name.partition(".")
    value = getattr(pliant, owner)
    if member and owner not in WRITTEN_BY_USERS:
        value = getattr(value, member)
    assert ">>> " in (value.__doc__ or "")


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_run(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "docs/architecture.md",
        "docs/data.md",
        "docs/export.md",
        "docs/optimise.md",
        "docs/trust.md",
    ],
)
def test_documents_name_what_is_there(path: str) -> None:
    """Every module, file and folder that a document names in backticks exists."""
    text = (ROOT / path).read_text()
    for name in re.findall(r"`((?:src|tests|docs|examples|benchmarks)/[\w./-]*)`", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / path).parent.joinpath(name).exists(), name


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "docs/data.md",
        "docs/export.md",
        "docs/families.md",
        "docs/kinds.md",
        "docs/metrics.md",
        "docs/own-models.md",
        "docs/trust.md",
        pytest.param("docs/optimise.md", marks=pytest.mark.slow),
        pytest.param("docs/index.md", marks=pytest.mark.slow),
    ],
)
def test_the_examples_of_a_document_run(path: str, tmp_path: Path) -> None:
    """The Python of a document, as a newcomer would run it, in a folder of its own."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / path).read_text(), re.DOTALL)
    assert blocks
    code = "\n".join(blocks)
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)


def test_the_example_of_explanations_runs(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples/explain.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert "goes_with" in said
    assert "base and contributions add up to it" in said
