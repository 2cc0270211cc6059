"""The model file: whole or not at all, and nothing in it is trusted."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pliant
from few_folds import FEW
from pliant import artifact
from pliant.automl.fit import fit
from pliant.core.config import Budget
from pliant.core.errors import ModelFileError, SaveError
from pliant.data.table import Roles
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.member import Member
from pliant.runtime.model import Predictor
from pliant.runtime.program import Program, input_wires
from pliant.training.fit_spec import FitSpec

ROWS: dict[str, Any] = {
    "number": [0.5, None, 2.5, 3.5] * 15,
    "level": ["a", "b", None, "ü"] * 15,
    "when": ["2024-01-02", "2024-05-06", "2025-07-08", None] * 15,
    "note": [f"some words here, number {i}" for i in range(60)],
}

PREDICTED_BY_FORMAT_2 = [0.8751867706991963, 0.06572500580371966, 0.005240823216380812]

PREDICTED_BY_FORMAT_1 = [
    1.2476833610719495e-07,
    3.567812487288831,
    4.714236095927067,
    7.086048515634903,
]


@pytest.fixture(scope="module")
def model() -> Predictor:
    question = Question("y", column_from_values(["no", "yes"] * 30))
    spec = FitSpec(Budget(None, 3), models=["additive", "lightgbm", "neural"], folds=FEW)
    return fit(FrameRows(to_frame(ROWS), question, Roles()), spec).model


@pytest.fixture
def path(model: Predictor, tmp_path: Path) -> Path:
    path = tmp_path / "m.pliant"
    artifact.save(model, path)
    return path


def rewritten(path: Path, change: Any) -> None:
    """Write the parts of a file again after `change` has had them."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_the_file_is_a_zip_of_json_and_arrays(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["manifest.json", "model.json", "arrays.bin"]
        manifest = json.loads(archive.read("manifest.json"))
        json.loads(archive.read("model.json"))
    assert manifest["format"] == 3
    assert set(manifest["parts"]) == {"model.json", "arrays.bin"}


def test_what_is_loaded_is_what_was_saved(model: Predictor, path: Path) -> None:
    loaded = pliant.load(path)
    assert np.array_equal(loaded.predictor.raw(ROWS), model.raw(ROWS))
    assert loaded.predict(ROWS).tolist() == model.predict(ROWS).tolist()
    assert loaded.classes == model.classes
    assert loaded.card == model.card
    assert loaded.members == model.members
    kinds = [[(c.name, c.kind, c.note) for c in m.schema.columns] for m in (loaded, model)]
    assert kinds[0] == kinds[1]


def test_a_file_of_format_1_predicts_as_it_did() -> None:
    """The file, and what it predicted, were written by the code of format 1."""
    old = pliant.load(Path(__file__).with_name("format1.pliant"))
    rows = {name: ROWS[name][:4] for name in ("number", "level", "when")}
    assert old.predict(rows).tolist() == PREDICTED_BY_FORMAT_1


def test_a_file_of_format_2_predicts_as_it_did_and_has_members() -> None:
    """The file, and what it predicted, were written by the code of format 2: its card told of the
    members, and their trials how they were made."""
    old = pliant.load(Path(__file__).with_name("format2.pliant")).predictor
    rows = [
        {"a": 0.3, "b": "x", "t": "2024-03-01"},
        {"a": None, "b": "w", "t": None},
        {"a": -2.0, "b": "y", "t": "2024-02-01T05:00"},
    ]
    assert old.predict_proba(rows)[:, 1].tolist() == PREDICTED_BY_FORMAT_2
    coded = old.schema.encode(to_frame(rows, old.reads))
    said = [alone(m, old)(coded) for m in old.members]
    mixed = sum(m.weight * said for m, said in zip(old.members, said, strict=True))
    assert mixed == pytest.approx(old.raw(rows), abs=1e-3)  # the card's weights have four digits
    assert {m.family for m in old.members} <= {"additive", "linear"}
    assert all(m.config and m.rows and not m.refitted for m in old.members)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight": "much"}, "expected weight of a member, got 'much'"),
        ({"rounds": True}, "expected rounds of a member, got True"),
        ({"places": {"features": "", "score": 1, "output": "x"}}, "expected wires of a member"),
        ({"places": {"features": "", "score": "gone", "output": "prediction"}}, "never made"),
        ({"places": {"features": ""}}, "does not hold together"),
        ({"more": 1}, "does not hold together"),
    ],
)
def test_a_member_that_is_none_is_refused(path: Path, change: dict[str, Any], said: str) -> None:
    resealed(path, lambda described: described["members"][0].update(change))
    with pytest.raises(ModelFileError, match=said):
        pliant.load(path)


def alone(member: Member, model: Predictor) -> Program:
    """Return the program of a member alone."""
    return Program(member.ops(model.program.ops), input_wires(model.schema))


def test_saved_again_it_is_the_same_file(path: Path, tmp_path: Path) -> None:
    artifact.save(artifact.load(path), tmp_path / "again.pliant")
    assert (tmp_path / "again.pliant").read_bytes() == path.read_bytes()


def test_a_model_survives_pickle(model: Predictor) -> None:
    """As joblib and multiprocessing need it; the file itself holds no pickle."""
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.raw(ROWS), model.raw(ROWS))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_truncated_file_is_refused(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    damaged = path.with_name("short.pliant")
    damaged.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ModelFileError):
        artifact.load(damaged)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_flipped_bit_is_refused_or_changes_nothing(path: Path, data: st.DataObject) -> None:
    """A bit of a name's time stamp may go unnoticed; a bit of the model never does."""
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[place // 8] ^= 1 << (place % 8)
    damaged = path.with_name("flipped.pliant")
    damaged.write_bytes(whole)
    try:
        loaded = artifact.load(damaged)
    except ModelFileError:
        return
    assert np.array_equal(loaded.raw(ROWS), artifact.load(path).raw(ROWS))


def test_a_changed_part_is_refused(path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts["arrays.bin"] = parts["arrays.bin"][:-1] + b"\x07"

    rewritten(path, change)
    with pytest.raises(ModelFileError, match=r"arrays\.bin was altered"):
        artifact.load(path)


def test_a_later_format_is_refused_by_name(path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts["manifest.json"])
        parts["manifest.json"] = json.dumps({**manifest, "format": 99}).encode()

    rewritten(path, change)
    with pytest.raises(ModelFileError, match=r"got format 99: .* later version of pliant"):
        artifact.load(path)


def test_a_zip_bomb_is_refused_unread(path: Path) -> None:
    """A part that unpacks to more than it says is not unpacked to its end."""

    def change(parts: dict[str, bytes]) -> None:
        parts["model.json"] = b" " * (64 << 20)

    rewritten(path, change)
    assert path.stat().st_size < 200_000
    with pytest.raises(ModelFileError, match=r"model.json is larger than the \d+ bytes"):
        artifact.load(path)


def test_a_part_that_claims_too_much_is_refused(path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts["manifest.json"])
        manifest["parts"]["arrays.bin"]["bytes"] = 1 << 60
        parts["manifest.json"] = json.dumps(manifest).encode()

    rewritten(path, change)
    with pytest.raises(ModelFileError, match=r"expected arrays\.bin of at most"):
        artifact.load(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all", pickle.dumps({"a": 1})])
def test_what_is_no_model_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.pliant"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"expected a whole model file"):
        artifact.load(path)


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pliant"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ModelFileError):
        artifact.load(path)


def test_no_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="there is none at"):
        artifact.load(tmp_path / "absent.pliant")
    with pytest.raises(ModelFileError, match="Is a directory"):
        artifact.load(tmp_path)


def resealed(path: Path, change: Any) -> None:
    """Change the model's JSON and make the checksums right again: a hostile writer would."""
    import hashlib

    def reseal(parts: dict[str, bytes]) -> None:
        described = json.loads(parts["model.json"])
        change(described)
        parts["model.json"] = json.dumps(described).encode()
        manifest = json.loads(parts["manifest.json"])
        manifest["parts"]["model.json"] = {
            "bytes": len(parts["model.json"]),
            "sha256": hashlib.sha256(parts["model.json"]).hexdigest(),
        }
        parts["manifest.json"] = json.dumps(manifest).encode()

    rewritten(path, reseal)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside nested JSON."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [at, *(place for key, item in inner for place in places(item, (*at, key)))]


STRANGE = st.sampled_from([None, -1, 0, 10**12, 1.5, "x", "", [], {}, [[]], {"a": []}, True])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_hostile_description_is_refused_or_harmless(path: Path, data: st.DataObject) -> None:
    """Whatever the JSON says, a file is refused by name, or predicts without a crash."""
    hostile = path.with_name("hostile.pliant")
    hostile.write_bytes(path.read_bytes())
    value = data.draw(STRANGE)

    def change(described: Any) -> None:
        at = data.draw(st.sampled_from(places(described)[1:]))
        for key in at[:-1]:
            described = described[key]
        described[at[-1]] = value

    resealed(hostile, change)
    try:
        artifact.load(hostile).raw(ROWS)
    except pliant.PliantError:
        return
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        raise AssertionError(f"an unclear error from a hostile file: {error!r}") from error


def test_a_full_disk_leaves_what_was_there(
    model: Predictor, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match=r"expected to write .*m.pliant, but: No space left"):
        artifact.save(model, path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["m.pliant"]


def test_a_folder_that_is_not_there_is_said_so(model: Predictor, tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="No such file or directory"):
        artifact.save(model, tmp_path / "absent" / "m.pliant")
