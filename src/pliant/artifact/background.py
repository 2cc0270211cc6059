"""Background rows of a model file: codes, ids and planes of their own, as plain data and arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ModelFileError
from pliant.runtime.coded import Coded
from pliant.runtime.kinds import Plane
from pliant.runtime.kinds.base import ArraySource, ArrayStore
from pliant.runtime.raw import Strings
from pliant.runtime.schema import OwnPlane, Schema


def background_to_json(coded: Coded, arrays: ArrayStore) -> dict[str, Any]:
    """Return encoded rows as plain data; their arrays go to `arrays`."""
    own = {wire: _plane_to_json(plane, arrays) for wire, plane in coded.own.items()}
    return {"codes": arrays.add(coded.codes), "ids": arrays.add(coded.ids), "own": own}


def background_from_json(described: dict[str, Any], schema: Schema, arrays: ArraySource) -> Coded:
    """Return the rows that plain data describes, which may come from an untrusted file.

    Raises
    ------
    ModelFileError
        When they are no rows of that schema.
    """
    codes, ids = arrays.get(described["codes"]), arrays.get(described["ids"])
    n_codes = [book.n_codes for _, book in schema.code_columns]
    n_ids = [book.n_codes for _, book in schema.id_columns]
    if codes.ndim != 2 or len(codes) == 0:
        raise ModelFileError(f"expected background rows, got codes of the shape {codes.shape}")
    _check("codes", codes, np.uint8, (len(codes), len(n_codes)), n_codes)
    _check("ids", ids, np.int32, (len(codes), len(n_ids)), n_ids)
    held = described["own"]
    own = {o.wire: _plane_from_json(held[o.wire], o, len(codes), arrays) for o in schema.own_planes}
    return Coded(codes, ids, own)


def _check(
    name: str, array: NDArray[Any], dtype: type, shape: tuple[int, int], below: list[int]
) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise ModelFileError(
            f"expected {name} of background rows as {np.dtype(dtype).name} {shape}, "
            f"got {array.dtype} {array.shape}"
        )
    if (array < 0).any() or (array >= np.array(below, dtype=np.int64)).any():
        raise ModelFileError(f"expected {name} of background rows that their columns have")


def _plane_to_json(plane: Plane, arrays: ArrayStore) -> dict[str, Any]:
    if isinstance(plane, Strings):
        return {"levels": plane.levels, "indices": arrays.add(plane.indices)}
    return {"values": arrays.add(plane)}


def _plane_from_json(
    described: dict[str, Any], own: OwnPlane, n_rows: int, arrays: ArraySource
) -> Plane:
    if own.book.plane == "text":
        levels, indices = described["levels"], arrays.get(described["indices"])
        if not all(isinstance(level, str) for level in levels):
            raise ModelFileError(f"expected background texts of {own.name!r}, got something else")
        fits = indices.dtype == np.int32 and indices.shape == (n_rows,)
        if not fits or (indices < -1).any() or (indices >= len(levels)).any():
            raise ModelFileError(f"expected a background text a row of {own.name!r}")
        return Strings(indices, list(levels))
    values = arrays.get(described["values"])
    if values.dtype != np.float32 or values.shape != (n_rows, own.book.width):
        raise ModelFileError(
            f"expected background vectors of {own.name!r} as float32 {(n_rows, own.book.width)}, "
            f"got {values.dtype} {values.shape}"
        )
    return values
