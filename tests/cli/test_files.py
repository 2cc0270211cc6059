"""Every verb opens files as fit does, knows where it cannot write, and prints text as it is."""

from __future__ import annotations

import bz2
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from conftest import run_in

FAST = ("--trials", "1", "--models", "additive")
AS_IT_IS = ("--max-size", "50kB", "--budget", "0.2s")
"""A limit that the model stays within already, and no time to make it smaller still."""
TEXT = "x,größe,y\n" + "".join(f"{i % 17},ä{i % 3},{'ab'[i % 2]}\n" for i in range(200))


@pytest.mark.parametrize("name", ["t.csv.zst", "t.csv.bz2", "file://{}/t.csv", "t.c*v"])
def test_all_verbs_read_what_fit_reads(name: str, tmp_path: Path) -> None:
    raw = TEXT.encode()
    (tmp_path / "t.csv").write_bytes(raw)
    (tmp_path / "t.csv.bz2").write_bytes(bz2.compress(raw))
    (tmp_path / "t.csv.zst").write_bytes(pa.compress(raw, "zstd", asbytes=True))
    run, name = run_in(tmp_path), name.format(tmp_path)
    for arguments in (
        ("fit", name, "-t", "y", *FAST, "-o", "m.pliant"),
        ("score", "m.pliant", name),
        ("predict", "m.pliant", name, "-o", "p.csv"),
        ("optimize", "m.pliant", *AS_IT_IS, "-o", "s.pliant"),
        ("optimize", "m.pliant", *AS_IT_IS, "--data", name, "-o", "s.pliant"),
    ):
        done = run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)


def test_an_encoding_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(TEXT.encode("cp1252"))
    run, named = run_in(tmp_path), ("--encoding", "cp1252")
    assert "--encoding" in run("fit", "t.csv", "-t", "y", *FAST).stderr
    assert run("fit", "t.csv", "-t", "y", *FAST, *named, "-o", "m.pliant").returncode == 0
    for arguments in (
        ("predict", "m.pliant", "t.csv", *named),
        ("score", "m.pliant", "t.csv", *named),
        ("optimize", "m.pliant", *AS_IT_IS, "-o", "s.pliant"),
        ("pack", "t.csv", "-t", "y", "-o", "t.codes", *named),
        ("pack", "t.csv", "--append", "t.codes", *named),
    ):
        done = run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    assert "no encoding for a store" in run("fit", "t.codes", *named).stderr


def test_names_and_labels_are_printed_as_they_are(tmp_path: Path) -> None:
    lines = [f'{i},{i % 5},"[/high], ""x"""' if i % 2 else f"{i},{i % 5},low" for i in range(120)]
    text = "\n".join(["speed [m/s],rate [/s] :sun:,y", *lines])
    (tmp_path / "t.csv").write_text(text)
    run = run_in(tmp_path)
    assert run("fit", "t.csv", "-t", "y", *FAST, "-o", "m.pliant").returncode == 0
    packed = run("pack", "t.csv", "-t", "y", "-o", "t.codes")
    for done in (run("show", "m.pliant"), run("show", "t.codes"), packed):
        assert done.returncode == 0, done.stderr
        for word in ("speed [m/s]", "rate [/s] :sun:", "[/high]"):
            assert word in done.stdout
    printed = run("predict", "m.pliant", "t.csv").stdout
    assert run("predict", "m.pliant", "t.csv", "-o", "p.csv").returncode == 0
    assert printed == (tmp_path / "p.csv").read_text()
    header, *rows = csv.reader(io.StringIO(printed))
    assert header == ["y", 'p([/high], "x")', "p(low)"]
    assert {row[0] for row in rows} <= {'[/high], "x"', "low"}


@pytest.mark.parametrize("verb", ["fit", "predict", "export", "optimize", "pack"])
def test_an_output_that_cannot_be_written(verb: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TEXT)
    (tmp_path / "m.pliant").write_bytes(b"read after the output is known to be writable")
    (tmp_path / "d").mkdir()
    end = {"predict": ".csv", "export": ".onnx", "pack": ".codes"}.get(verb, ".pliant")
    reads = {
        "fit": ("t.csv", "-t", "y", "--budget", "600s"),
        "pack": ("t.csv", "-t", "y"),
        "predict": ("m.pliant", "t.csv"),
        "export": ("m.pliant",),
        "optimize": ("m.pliant", "--max-size", "1kB"),
    }[verb]
    (tmp_path / f"round{end}").symlink_to(tmp_path / f"round{end}")
    for output in (f"absent/x{end}", "d", "n" * 300 + end, f"round{end}"):
        done = run_in(tmp_path)(verb, *reads, "-o", output)
        assert done.returncode == 1
        assert done.stderr.startswith("pliant: expected "), done.stderr
        assert "output" in done.stderr or "to write" in done.stderr, done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["t.csv", "link.csv", "hard.csv"])
def test_what_is_read_is_not_written_over(name: str, tmp_path: Path) -> None:
    """By whichever name it is called; the rows of a fit are read by the name in the card."""
    (tmp_path / "t.csv").write_text(TEXT)
    (tmp_path / "link.csv").symlink_to("t.csv")
    os.link(tmp_path / "t.csv", tmp_path / "hard.csv")
    run = run_in(tmp_path)
    assert run("fit", "t.csv", "-t", "y", *FAST, "-o", "m.pliant").returncode == 0
    for arguments in (
        ("fit", "t.c*v", "-t", "y", *FAST),
        ("predict", "m.pliant", "t.csv"),
        ("optimize", "m.pliant", *AS_IT_IS),
        ("optimize", "m.pliant", *AS_IT_IS, "--data", "t.csv"),
    ):
        done = run(*arguments, "-o", name)
        assert done.returncode == 1, arguments
        assert "expected the output to be another file than t.csv" in done.stderr
        assert (tmp_path / "t.csv").read_text() == TEXT


def test_a_protected_file_stays(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("nothing is protected from root")
    (tmp_path / "t.csv").write_text(TEXT)
    (tmp_path / "m.pliant").touch(0o444)
    done = run_in(tmp_path)("fit", "t.csv", "-t", "y", "-o", "m.pliant")
    assert "protected from writing" in done.stderr


def test_nobody_reads_on(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TEXT + "".join(TEXT.splitlines(True)[1:] * 100))
    run_in(tmp_path)("fit", "t.csv", "-t", "y", *FAST, "-o", "m.pliant")
    for verb in (("predict", "m.pliant", "t.csv"), ("show", "m.pliant")):
        command = [sys.executable, "-m", "pliant", *verb]
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""


def test_the_card_names_the_encoding(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(TEXT.encode("cp1252"))
    run = run_in(tmp_path)
    run("fit", "t.csv", "-t", "y", *FAST, "--encoding", "CP1252", "-o", "m.pliant")
    facts = json.loads(run("show", "m.pliant", "--json").stdout)["facts"]
    assert facts["data"]["encoding"] == "CP1252"
