"""Rows of an answer as people take them: a DataFrame where pandas is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any


def as_frame(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return rows as a DataFrame, or as the list of dicts that they are without pandas.

    Examples
    --------
    >>> list(as_frame([{"model": "linear", "score": 0.9}])["model"])
    ['linear']
    """
    if find_spec("pandas") is None:
        return [dict(row) for row in rows]
    import pandas as pd

    return pd.DataFrame(list(rows))
