"""The scripts in `examples/` run, and do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fresh_python import run

FOLDER = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize("name", ["scikit_learn", pytest.param("pytorch", marks=pytest.mark.slow)])
def test_a_script_runs_and_its_model_is_good_on_new_rows(name: str, tmp_path: Path) -> None:
    said = run("-W", "error", str(FOLDER / f"{name}.py"), folder=tmp_path)
    (*_, found) = re.findall(r"accuracy [a-z ]*: (?:.*, )?(0\.\d+)", said)
    assert float(found) > 0.9, said
    assert len(list(tmp_path.glob("*.pliant"))) == 1
