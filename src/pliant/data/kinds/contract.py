"""The contract of kinds of columns, ours and those of others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.artifact.codec import ArrayReader, ArrayWriter, column_from_json, column_to_json
from pliant.data.kinds.base import ColumnKind
from pliant.runtime.coded import Coded
from pliant.runtime.columns import column_from_values
from pliant.runtime.intake import to_frame
from pliant.runtime.kinds import Plane
from pliant.runtime.quick import QuickIntake
from pliant.runtime.raw import Frame, Strings, missing
from pliant.runtime.schema import Schema
from pliant.runtime.synthetic import made_up, typical


def check_kind(kind: ColumnKind, values: Sequence[Any]) -> None:
    """Raise AssertionError unless a kind of columns keeps its contract on values that are its own.

    Some of the values may be missing, and those that are there must differ. It is there as
    `pliant.testing.check_kind` too.

    Examples
    --------
    >>> from pliant.data.kinds.registry import KINDS
    >>> check_kind(KINDS["category"], ["a", None, "b", "a"])
    """
    raw = column_from_values(list(values))
    column = kind.stated("c", raw)
    assert column.codebook is not None
    assert column.kind == kind.name == column.codebook.kind
    schema, frame = Schema((column,)), Frame({"c": raw}, len(raw))
    whole = schema.encode(frame)
    _check_rows(schema, whole, list(values))
    arrays = ArrayWriter()
    described = json.loads(json.dumps(column_to_json(column, arrays)))
    held = ArrayReader(arrays.bytes())
    held.index = arrays.index
    again = Schema((column_from_json(described, held),))
    assert _same(again.encode(frame), whole), "JSON gives another codebook"
    told = all(c.book.decode(whole.codes) is not None for c in schema.binned)
    told &= all(o.book.decode(whole.own[o.wire]) is not None for o in schema.own_planes)
    assert not told or _same(schema.encode(typical(schema, whole)), whole), "codes tell others"
    new = made_up(schema, 50)
    assert not missing(column.codebook.read(new["c"])).any(), "values made up are none of the kind"
    for coded in whole, schema.encode(new):
        for j, (_, bins) in enumerate(schema.code_columns):
            assert coded.codes[:, j].max() < bins.n_codes
        for j, (_, words) in enumerate(schema.id_columns):
            assert 0 <= coded.ids[:, j].min() <= coded.ids[:, j].max() < words.n_codes
        assert {len(plane) for plane in coded.planes.values()} == {len(coded)}


def _check_rows(schema: Schema, whole: Coded, values: Sequence[Any]) -> None:
    """A row alone is encoded as it is among others, by the quick way in too."""
    quick = QuickIntake(schema)
    for i, value in enumerate(values):
        row = {"c": value}
        expected = whole.take(np.array([i]))
        assert _same(schema.encode(to_frame(row)), expected), f"{value!r} alone is another"
        found = quick.encode(row)
        assert found is None or _same(found, expected), f"{value!r} in a dict is another"


def _same(first: Coded, second: Coded) -> bool:
    """Return whether two encoded tables have the same rows."""
    pairs = [(_plain(first[wire]), _plain(second[wire])) for wire in first.planes]
    return all(np.array_equal(one, other) for one, other in pairs)


def _plain(plane: Plane) -> NDArray[Any]:
    if not isinstance(plane, Strings):
        return np.nan_to_num(plane, nan=-np.inf)
    return np.array([*plane.levels, ""], dtype=object)[plane.indices]
