"""Background rows in a model file: they come back as they went, and damaged ones are refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pliant import Regressor, artifact
from pliant.artifact.background import background_from_json, background_to_json
from pliant.artifact.codec import ArrayReader, ArrayWriter
from pliant.core.errors import ModelFileError
from pliant.explain.background import draw_background
from pliant.runtime.coded import Coded
from pliant.runtime.kinds import ArraySource, ArrayStore, Plane, PlaneCodebook
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Numbers, RawColumn, Strings
from pliant.runtime.schema import Column, Schema


@pytest.fixture(scope="module")
def model(mixed: dict[str, list[Any]]) -> Predictor:
    fitted = Regressor(trials=1, models=["additive"], cv=2, n_jobs=1).fit(mixed, "signal").model_
    return fitted.with_background(rows=7).predictor


def kept(model: Predictor) -> Coded:
    assert model.background is not None
    return model.background


def text(coded: Coded) -> list[str | None]:
    plane = coded.own["text:0"]
    assert isinstance(plane, Strings)
    return [plane.levels[i] if i >= 0 else None for i in plane.indices]


def test_they_come_back_with_the_file(model: Predictor, tmp_path: Path) -> None:
    artifact.save(model, tmp_path / "m.pliant")
    found, rows = kept(artifact.load(tmp_path / "m.pliant")), kept(model)
    assert np.array_equal(found.codes, rows.codes)
    assert np.array_equal(found.ids, rows.ids)
    assert text(found) == text(rows)
    assert len(found) == 7


def test_a_file_without_them_is_as_it_was(model: Predictor, tmp_path: Path) -> None:
    artifact.save(model.with_background(None), tmp_path / "m.pliant")
    artifact.save(model, tmp_path / "kept.pliant")
    assert artifact.load(tmp_path / "m.pliant").background is None
    grown = (tmp_path / "kept.pliant").stat().st_size - (tmp_path / "m.pliant").stat().st_size
    assert 0 < grown < 1000


class PairCodebook(PlaneCodebook):
    """Two numbers as they are."""

    kind = "pair"
    plane = "values"
    width = 2

    def encode(self, column: RawColumn) -> Plane:
        return np.zeros((len(column), 2), dtype=np.float32)

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        return Numbers(rng.normal(size=n_rows))

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> PairCodebook:
        return cls()


def test_vectors_come_back_and_must_fit() -> None:
    schema = Schema((Column("pair", "pair", PairCodebook()),))
    pairs = np.arange(6, dtype=np.float32).reshape(3, 2)
    coded = Coded(np.empty((3, 0), np.uint8), np.empty((3, 0), np.int32), {"values:0": pairs})
    found = background_from_json(*described(coded, schema))
    assert np.array_equal(np.asarray(found.own["values:0"]), pairs)
    narrow = Coded(coded.codes, coded.ids, {"values:0": pairs[:, :1].copy()})
    with pytest.raises(ModelFileError, match="background vectors of 'pair'"):
        background_from_json(*described(narrow, schema))


def described(coded: Coded, schema: Schema) -> tuple[dict[str, Any], Schema, ArrayReader]:
    told, arrays = written(coded)
    return told, schema, arrays


def written(coded: Coded) -> tuple[dict[str, Any], ArrayReader]:
    writer = ArrayWriter()
    described = json.loads(json.dumps(background_to_json(coded, writer)))
    reader = ArrayReader(writer.bytes())
    reader.index = writer.index
    return described, reader


def with_codes(change: Callable[[Any], Any]) -> Callable[[Coded], Coded]:
    return lambda coded: Coded(change(coded.codes), coded.ids, coded.own)


def with_text(indices: list[int]) -> Callable[[Coded], Coded]:
    plane = Strings(np.array(indices, dtype=np.int32), ["a"])
    return lambda coded: Coded(coded.codes, coded.ids, {"text:0": plane})


@pytest.mark.parametrize(
    "damaged",
    [
        with_codes(lambda codes: codes[:, :-1]),
        with_codes(lambda codes: codes.astype(np.int32)),
        with_codes(lambda codes: np.full_like(codes, 255)),
        with_codes(lambda codes: codes[:0]),
        lambda coded: Coded(coded.codes, coded.ids - 1 - coded.ids.max(), coded.own),
        lambda coded: Coded(coded.codes, coded.ids[:3], coded.own),
        with_text([1] * 7),
        with_text([-2] * 7),
        with_text([0] * 6),
    ],
)
def test_what_is_no_row_of_the_model_is_refused(
    damaged: Callable[[Coded], Coded], model: Predictor
) -> None:
    described, arrays = written(damaged(kept(model)))
    with pytest.raises(ModelFileError, match="background"):
        background_from_json(described, model.schema, arrays)


def test_a_single_row_is_a_background_too(model: Predictor) -> None:
    one = draw_background(kept(model), 1)
    described, arrays = written(one)
    assert len(background_from_json(described, model.schema, arrays)) == 1
