"""Which label of a model a value is: by one rule, whatever file or type the value came in.

1. A label of the same type and value.
2. Else the label that is written the same: `1` and "1", `True` and "True".
3. Else the one label of the same meaning: the same number ("01", 1.0 and 1; true is 1 and false 0,
   in any case), the same moment, or the same duration. Where two labels of the model mean the
   same, none is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from pliant.runtime.labels import label_text, nanoseconds_of, plain_label
from pliant.runtime.scalars import microseconds_of

_TRUTH = {"true": 1, "false": 0}
_DURATION = re.compile(r"(-?\d+) days?(?: \+?(\d\d):(\d\d):(\d\d(?:\.\d+)?))?")
_NONE, _SEVERAL = -1, -2


def knower(classes: Sequence[Any]) -> Callable[[Any], int]:
    """Return a function from a value to the number of the class that it is, -1 where it is none.

    >>> know = knower(("01", "02", "x"))
    >>> [know(v) for v in ("01", 1, "2.0", "x", "X")]
    [0, 0, 1, 2, -1]
    """
    tables: list[dict[Any, int]] = [{}, {}, {}]
    for number, label in enumerate(classes):
        for table, key in zip(tables, _keys(label), strict=True):
            if key is not None:
                table[key] = _SEVERAL if key in table else number

    def know(value: Any) -> int:
        for table, key in zip(tables, _keys(plain_label(value)), strict=True):
            found = table.get(key, _NONE)
            if key is not None and found >= 0:
                return found
        return _NONE

    return know


def _keys(label: Any) -> tuple[Any, Any, Any]:
    """Return what a label is, how it is written, and what it means."""
    return (type(label), label), label_text(label), _meaning(label)


def _meaning(label: Any) -> tuple[str, Any] | None:
    if isinstance(label, str):
        return _meaning_of_text(label.strip())
    if isinstance(label, int | float | Decimal):
        return _number(label)
    if isinstance(label, timedelta | np.timedelta64):
        return "span", nanoseconds_of(label)
    if isinstance(label, np.datetime64):
        return "moment", int(label.astype("datetime64[ns]").astype(np.int64))
    if isinstance(label, date):
        return "moment", microseconds_of(label) * 1000
    return None


def _number(value: float | Decimal) -> tuple[str, Any] | None:
    if not math.isfinite(value):
        return None
    whole = int(value)
    return "number", whole if whole == value else float(value)


def _meaning_of_text(text: str) -> tuple[str, Any] | None:
    if text.lower() in _TRUTH:
        return "number", _TRUTH[text.lower()]
    for kind in (int, Decimal):
        try:
            return None if "_" in text else _number(kind(text))
        except (ValueError, ArithmeticError):
            continue
    span = _DURATION.fullmatch(text)
    if span:
        days, hours, minutes, seconds = (Decimal(part or 0) for part in span.groups())
        whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        return "span", int(whole * 10**9)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return "moment", microseconds_of(aware) * 1000
