"""What several numbers at once have in common, on times."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.artifact.codec import ArrayReader, ArrayWriter
from pliant.core.errors import ModelFileError
from pliant.runtime.kinds import NumberCodebook, TimeCodebook


def book(*edges: float) -> NumberCodebook:
    return NumberCodebook(np.array(edges), np.zeros(len(edges) + 1, dtype=np.float32))


YEARS = TimeCodebook(("year", "month"), (book(2020.5), book(6.5)), "%d.%m.%Y")


def test_names_of_parts_follow_that_of_the_column() -> None:
    assert [name for name, _ in YEARS.bins] == [".year", ".month"]
    assert YEARS.described() == "year, month"


def test_other_books_leave_the_rest_as_it_was() -> None:
    assert YEARS.with_books([book(), book()]).format == "%d.%m.%Y"
    with pytest.raises(ValueError, match="argument"):
        _ = YEARS.with_books([book()]).bins


def test_what_does_not_fit_is_refused() -> None:
    arrays = ArrayWriter()
    described = YEARS.to_json(arrays)
    source = ArrayReader(arrays.bytes())
    source.index = arrays.index
    assert TimeCodebook.from_json(described, source).parts == YEARS.parts
    with pytest.raises(ModelFileError, match="expected a codebook a part, got 2 of"):
        TimeCodebook.from_json(described | {"parts": ["year"]}, source)
    with pytest.raises(ModelFileError, match="expected calendar parts of epoch, year"):
        TimeCodebook.from_json(described | {"parts": ["year", "moon"]}, source)
