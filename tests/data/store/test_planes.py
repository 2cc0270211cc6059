"""Planes of one column as streams of a block, and back."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.data.bare import BareVectors
from pliant.data.store.planes import PLANES
from pliant.runtime.kinds import ImageCodebook, PlaneCodebook, TextCodebook
from pliant.runtime.raw import Strings
from pliant.runtime.schema import OwnPlane

WORDS = Strings(np.array([1, -1, 0, 1], dtype=np.int32), ["", "é\ud800", "unused"])
VECTORS = np.array([[1.5, np.nan], [0, -np.inf], [3, 4]], dtype=np.float32)


@pytest.mark.parametrize(
    ("book", "parts"),
    [
        (TextCodebook(), ["length", "text"]),
        (BareVectors(2), ["value", "value"]),
        (ImageCodebook((2, 3)), ["grid"]),
    ],
)
def test_streams_belong_to_their_column(book: PlaneCodebook, parts: list[str]) -> None:
    streams = PLANES[book.plane].streams(OwnPlane("c", book, "any:0"))
    assert [(stream.column, stream.part) for stream in streams] == [("c", part) for part in parts]


def test_text_comes_back() -> None:
    streams = PLANES["text"].split(WORDS)
    assert [array.dtype for array in streams] == [np.int32, np.uint8]
    back = PLANES["text"].join(streams, OwnPlane("c", TextCodebook(), "text:0"))
    assert isinstance(back, Strings)
    assert [back.levels[i] if i >= 0 else None for i in back.indices] == [
        "é\ud800",
        None,
        "",
        "é\ud800",
    ]


@pytest.mark.parametrize("rows", [3, 0])
def test_vectors_come_back(rows: int) -> None:
    streams = PLANES["values"].split(VECTORS[:rows])
    back = PLANES["values"].join(streams, OwnPlane("c", BareVectors(2), "values:0"))
    assert np.array_equal(np.asarray(back), VECTORS[:rows], equal_nan=True)


@pytest.mark.parametrize("rows", [3, 0])
def test_grids_come_back_from_one_stream(rows: int) -> None:
    own = OwnPlane("c", ImageCodebook((1, 2), 3), "image:0")
    grids = np.arange(18, dtype=np.uint8).reshape(3, 6)[:rows]
    (stream,) = PLANES["image"].streams(own)
    streams = PLANES["image"].split(grids)
    assert len(streams[0]) == rows * stream.numbers
    assert np.array_equal(np.asarray(PLANES["image"].join(streams, own)), grids)
