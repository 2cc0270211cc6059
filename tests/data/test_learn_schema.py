"""A frame becomes a schema: what is used, what is left out, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.core.errors import DataError, SchemaError
from pliant.data.stated import Stated
from pliant.data.table import Roles, Statements, learn_schema
from pliant.runtime.intake import to_frame
from pliant.runtime.raw import Frame


def test_columns_keep_their_order_and_what_is_dropped_is_gone() -> None:
    frame = to_frame({"b": [1.0, 2.0], "a": ["x", "y"], "k": [1, 1], "z": [3.0, 4.0]})
    schema = learn_schema(frame, Statements({"z": Stated("ignore")}))
    assert [c.name for c in schema.columns] == ["b", "a", "k", "z"]
    assert [c.name for c in schema.used] == ["b", "a"]


def test_a_table_with_nothing_to_learn_from_says_why() -> None:
    with pytest.raises(DataError, match="a: every value is 1; b: every value is missing"):
        learn_schema(to_frame({"a": [1, 1], "b": [None, None]}))


def test_the_target_alone_is_no_table() -> None:
    with pytest.raises(DataError, match="a column beside the target"):
        learn_schema(Frame({}, 2))


def test_an_infinite_number_is_refused_with_its_place() -> None:
    with pytest.raises(SchemaError, match=r"column 'a', row 1"):
        learn_schema(to_frame({"b": [1.0, 2.0], "a": [1.0, np.inf]}))


def test_roles_of_some_rows() -> None:
    roles = Roles(np.array([1.0, 2.0, 3.0]), None, np.array([7, 8, 9]))
    taken = roles.take(np.array([2, 0]))
    assert taken.groups is None
    assert taken.weight is not None
    assert taken.time is not None
    assert (taken.weight.tolist(), taken.time.tolist()) == ([3.0, 1.0], [9, 7])
