"""A user's mistake gets one clear sentence and exit code 1; nothing half-written is left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import Run, run_in
from pliant.artifact import save_arrays
from pliant.runtime.arrays import ArrayInput, ArrayModel
from pliant.runtime.ops import Op

HEAD = "a,b,y\n"
GOOD = "".join(f"{i % 7},{'xz'[i % 2]},{i % 2}\n" for i in range(40))

FIT = ("fit", "t.csv", "--target", "y", "-o", "m.pliant")
FIT_QUICKLY = (*FIT, "--trials", "1", "--models", "additive")

BAD_TABLES = {
    "an empty file": ("", "is an empty file"),
    "blank lines only": ("\n\n", "is an empty file"),
    "a header only": (HEAD, "header only"),
    "no such target": ("a,b,z\n" + GOOD, "expected the target 'y' to be a column"),
    "a missing target": (HEAD + GOOD.replace(",0\n", ",\n").replace(",1\n", ",\n"), "target 'y'"),
    "one class": (HEAD + GOOD.replace(",0\n", ",1\n"), "target 'y'"),
    "a target of all-different strings": (
        HEAD + "".join(f"{i},x,name{i}\n" for i in range(40)),
        "target 'y'",
    ),
    "ragged rows": (HEAD + GOOD + "1,2\n", "line 42"),
    "more cells than names": (HEAD + GOOD + "1,2,3,4\n", "line 42"),
    "duplicate names": ("a,a,y\n" + GOOD, "expected column names that differ, got 'a' twice"),
    "an infinity": (HEAD + GOOD.replace("3,", "inf,", 1), "infinity"),
    "one row": (HEAD + "1,x,0\n", "at least 5 rows"),
    "no other column": ("y\n" + "0\n1\n" * 20, "column"),
    "only useless columns": ("c,y\n" + "1,0\n1,1\n" * 20, "expected a column to learn from"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_is_refused(name: str, tmp_path: Path) -> None:
    content, said = BAD_TABLES[name]
    (tmp_path / "t.csv").write_text(content)
    assert_fit_refused(tmp_path, "t.csv", said)


def assert_fit_refused(folder: Path, file: str, said: str, *options: str) -> None:
    before = sorted(p.name for p in folder.iterdir())
    refused(run_in(folder), said, "fit", file, "--target", "y", "--budget", "5s", *options)
    assert sorted(p.name for p in folder.iterdir()) == before


def refused(run: Run, said: str, *arguments: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.startswith("pliant: ")
    assert said in done.stderr, done.stderr


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes((HEAD + GOOD).encode() + b"1,caf\xe9,0\n")
    assert_fit_refused(
        tmp_path, "t.csv", "line 42 holds the byte 0xe9: name its encoding with --enc"
    )


def test_a_truncated_parquet(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and then nothing")
    assert_fit_refused(tmp_path, "t.parquet", "t.parquet")


def test_a_broken_line_of_json(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": 1, "y": 0}\n{"a": 2, "y"\n')
    assert_fit_refused(tmp_path, "t.jsonl", "line 2")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("absent.csv", "there is no file"),
        ("t.xlsx", "expected a file that ends in"),
        (".", "expected a table's file or a store, but . is a folder without one"),
    ],
)
def test_no_such_file(file: str, said: str, tmp_path: Path) -> None:
    assert_fit_refused(tmp_path, file, said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--budget", "soon"], 'expected a duration such as "90s"'),
        (["--budget", "-5s"], "expected a duration"),
        (["--trials", "0"], "expected at least 1 trial, got 0"),
        (["--threads", "0"], "expected at least 1 thread, got 0"),
        (["--threads", "-1"], "expected at least 1 thread, got -1"),
        (["--workers", "0"], "expected at least 1 worker, got 0"),
        (["--metric", "goodness"], "scikit-learn scorer name, got 'goodness'"),
        (["--task", "guess"], "expected the task to be"),
        (["--models", "lightgbm,magic"], "magic"),
        (["--groups", "family"], "there is no column 'family'"),
        (["--weight", "b"], "expected numbers as sample_weight"),
        (["-o", "absent/m.pliant"], "a folder that exists"),
    ],
)
def test_a_bad_option_is_refused(options: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(HEAD + GOOD)
    assert_fit_refused(tmp_path, "t.csv", said, *options)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_seen(delimiter: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text((HEAD + GOOD).replace(",", delimiter))
    done = run_in(tmp_path)(*FIT_QUICKLY)
    assert done.returncode == 0, done.stderr


def test_a_delimiter_that_is_none_is_explained(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text((HEAD + GOOD).replace(",", "#"))
    assert_fit_refused(tmp_path, "t.csv", "expected the target 'y' to be a column")


@pytest.mark.parametrize("n", [5, 10])
def test_few_rows_are_enough(n: int, tmp_path: Path) -> None:
    rows = GOOD.splitlines(keepends=True)[:n]
    (tmp_path / "t.csv").write_text(HEAD + "".join(rows))
    options = "fit t.csv --target y --trials 2 --models additive,forest -o m.pliant"
    done = run_in(tmp_path)(*options.split())
    assert done.returncode == 0, done.stderr


def test_an_all_missing_column_is_left_out(tmp_path: Path) -> None:
    table = (HEAD + GOOD).replace("x,", ",").replace("z,", ",")
    (tmp_path / "t.csv").write_text(table)
    run = run_in(tmp_path)
    done = run(*FIT_QUICKLY)
    assert done.returncode == 0, done.stderr
    assert "missing" in run("show", "m.pliant").stdout


def test_a_column_missing_at_predict_is_named(fitted: Path, tmp_path: Path) -> None:
    shutil.copy(fitted / "m.pliant", tmp_path)
    (tmp_path / "new.csv").write_text("age\n44\n")
    refused(
        run_in(tmp_path), "no column 'level'", "predict", "m.pliant", "new.csv", "-o", "out.csv"
    )
    assert not (tmp_path / "out.csv").exists()


def test_a_model_that_is_none(fitted: Path, tmp_path: Path) -> None:
    (tmp_path / "m.pliant").write_bytes((fitted / "m.pliant").read_bytes()[:-30])
    run = run_in(tmp_path)
    refused(run, "truncated", "show", "m.pliant")
    refused(run, "there is none at absent.pliant", "show", "absent.pliant")


def test_scoring_without_the_target(fitted: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("age,level\n44,low\n")
    refused(run_in(tmp_path), "target 'rich'", "score", str(fitted / "m.pliant"), "new.csv")


def test_an_unknown_suffix_of_the_output(fitted: Path) -> None:
    refused(run_in(fitted), "out.xls", "predict", "m.pliant", "test.csv", "-o", "out.xls")


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("there is none at absent.pliant", ["absent.pliant"]),
        ("Is a directory", [".", "-o", "m.onnx"]),
        ("ends in .onnx, got 'm.pt'", ["m.pliant", "-o", "m.pt"]),
        ("expected to export to onnx, got 'pmml'", ["m.pliant", "--to", "pmml"]),
        ("in a folder that exists, got absent/m.onnx", ["m.pliant", "-o", "absent/m.onnx"]),
        ("expected a whole model file", ["train.csv", "-o", "m.onnx"]),
    ],
)
def test_what_cannot_be_exported(fitted: Path, said: str, arguments: list[str]) -> None:
    before = sorted(fitted.iterdir())
    refused(run_in(fitted), said, "export", *arguments)
    assert sorted(fitted.iterdir()) == before


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("test.codes is a store, which has codes", ["predict", "m.pliant", "test.codes"]),
        ("test.codes is a store, which has codes", ["score", "m.pliant", "test.codes"]),
        ("test.codes is a store, which has codes", ["bench", "m.pliant", "test.codes"]),
        ("there is no file absent.csv", ["predict", "m.pliant", "absent.csv"]),
        ("there is no file absent.csv", ["bench", "m.pliant", "absent.csv"]),
        (
            "scikit-learn scorer name, got 'goodness'",
            ["score", "m.pliant", "test.csv", "--metric", "goodness"],
        ),
    ],
)
def test_what_a_model_cannot_do(fitted: Path, said: str, arguments: list[str]) -> None:
    run = run_in(fitted)
    if not (fitted / "test.codes").exists():
        assert run("pack", "test.csv", "-t", "rich", "-o", "test.codes").returncode == 0
    refused(run, said, *arguments)


def test_a_model_of_arrays_is_for_python_alone(tmp_path: Path) -> None:
    link = Op("link", ("array0",), "prediction", {}, {"function": "sigmoid"})
    model = ArrayModel([ArrayInput("", (1,), "float32")], [link], ("a", "b"), {})
    save_arrays(model, tmp_path / "net.pliant")
    said = "expected the model of a table, but the one in net.pliant reads arrays"
    refused(run_in(tmp_path), said, "show", "net.pliant")
