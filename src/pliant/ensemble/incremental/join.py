"""Tables of one schema put below each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Roles, Table
from pliant.runtime.coded import joined as joined_planes


def joined(tables: Sequence[Table]) -> Table:
    """Return the rows of all tables, one after another; they share a schema and a target."""
    first = tables[0]
    coded = joined_planes([t.coded for t in tables])
    target = replace(first.target, values=np.concatenate([t.target.values for t in tables]))
    roles = Roles(
        _column([t.roles.weight for t in tables]),
        _numbered(_column([t.roles.groups for t in tables])),
        _column([t.roles.time for t in tables]),
    )
    return Table(first.schema, coded, target, roles)


def _numbered(groups: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
    """Return groups as numbers from 0 on; a store has hashes of their names."""
    if groups is None:
        return None
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _column(parts: Sequence[NDArray[Any] | None]) -> Any:
    present = [part for part in parts if part is not None]
    return np.concatenate(present) if present else None
