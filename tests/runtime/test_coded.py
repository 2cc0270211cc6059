"""Encoded tables, plane by plane."""

from __future__ import annotations

import numpy as np

from pliant.runtime.coded import Coded, joined
from pliant.runtime.raw import Strings


def coded(first: int, words: list[str]) -> Coded:
    n = len(words)
    codes = (first + np.arange(2 * n)).reshape(n, 2).astype(np.uint8)
    text = Strings(np.array([*range(n - 1), -1], dtype=np.int32), words)
    vectors = np.arange(first, first + n, dtype=np.float32)[:, None]
    own = {"text:0": text, "values:0": vectors}
    return Coded(codes, np.zeros((n, 0), dtype=np.int32), own)


def words_of(rows: Coded) -> list[str | None]:
    (text,) = rows.texts
    return [None if i < 0 else text.levels[i] for i in text.indices]


def test_planes_are_found_by_their_wires() -> None:
    rows = coded(0, ["a", "b", "c"])
    assert list(rows.planes) == ["codes", "ids", "text:0", "values:0"]
    assert all(rows[wire] is plane for wire, plane in rows.planes.items())
    assert [len(rows), len(rows.texts), rows.vectors[0].shape] == [3, 1, (3, 1)]


def test_rows_are_taken_from_every_plane() -> None:
    rows = coded(0, ["a", "b", "c"])
    for taken in rows.take(np.array([1, 2])), rows.between(1, 9):
        assert taken.codes.tolist() == [[2, 3], [4, 5]]
        assert words_of(taken) == ["b", None]
        assert taken.vectors[0].tolist() == [[1], [2]]
    assert rows.between(0, 3) is rows


def test_rows_are_joined_in_every_plane() -> None:
    rows = joined([coded(0, ["a", "b", "c"]), coded(10, ["b", "d"])])
    assert rows.codes[:, 0].tolist() == [0, 2, 4, 10, 12]
    assert words_of(rows) == ["a", "b", None, "b", None]
    assert rows.vectors[0].ravel().tolist() == [0, 1, 2, 10, 11]
    assert len(set(rows.texts[0].levels)) == len(rows.texts[0].levels)


def test_texts_are_counted_once() -> None:
    rows = coded(0, ["a", "b", "c"]).with_counts()
    assert rows.texts[0].counted is not None
    assert rows.with_counts().texts[0].counts() is rows.texts[0].counts()
