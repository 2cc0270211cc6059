"""Scalars: what one Python or NumPy value is, a number, a time, a text, or missing."""

from __future__ import annotations

import math
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from pliant.runtime.media.blobs import text_of_blob
from pliant.runtime.times import microseconds_since

NUMBERS = (int, float, Decimal, np.number, np.bool_, timedelta, time)
"""Types of numbers; a duration is its seconds, a time of day those since midnight."""

TIMES = (date, np.datetime64)

MAX_EXACT = 2**53
"""Up to here float64 holds every whole number."""


def is_missing(value: object) -> bool:
    """Return whether a value stands for none: None, NaN, NaT or NA."""
    if value is None:
        return True
    if isinstance(value, float | np.floating | np.datetime64 | np.timedelta64 | Decimal):
        return bool(value != value)
    return type(value).__name__ in ("NAType", "NaTType")


def text_of(value: object) -> str | None:
    """Return a scalar as a category's text, None when it is missing; 3 and 3.0 are both "3".

    Bytes are UTF-8, or an image or a sound (`pliant.runtime.media.blobs`).
    """
    if isinstance(value, str):
        return value
    if is_missing(value):
        return None
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return text_of_blob(value) or value.decode("utf-8", "replace")
    return str(value)


def number_of(value: Any) -> float:
    """Return a number as float64 holds it; a whole one that is too large is infinite there."""
    if isinstance(value, np.timedelta64):
        return float(value / np.timedelta64(1, "s"))
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return 3600.0 * value.hour + 60 * value.minute + value.second + value.microsecond / 1e6
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def microseconds_of(value: date | np.datetime64) -> int:
    """Return a time as microseconds since 1970; one that names no zone is in UTC."""
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[us]").astype(np.int64))
    return microseconds_since(value)
