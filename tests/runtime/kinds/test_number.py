"""Quantile bins: the same code however a number is written."""

from __future__ import annotations

from typing import Any

import numpy as np

from pliant.runtime.intake import column_from_values
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.raw import RawColumn


def raw(*values: Any) -> RawColumn:
    return column_from_values(list(values))


def test_number_codes_of_text_and_of_numbers_agree() -> None:
    book = NumberCodebook(np.array([1.0, 2.0]), np.array([0, 1, 2], dtype=np.float32))
    assert book.encode(raw(1, 2, 3, None))[:, 0].tolist() == [1, 2, 3, 0]
    assert book.encode(raw("1", "2.0", "3", "?"))[:, 0].tolist() == [1, 2, 3, 0]
