"""Blocks: the streams of some rows, each compressed by zstd and checked by a CRC-32."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError
from pliant.data.store.planes import Stream

LEVEL = 1
"""The level of zstd; `python -m benchmarks.stores.packing levels` compares it: higher ones save
little."""


@dataclass(frozen=True)
class Block:
    """Where the streams of `rows` rows of a shard lie: bytes at rest and CRC-32 of each.

    They begin at byte `start` of the store's block file number `file`, one after another.
    """

    shard: int
    rows: int
    file: int
    start: int
    sizes: tuple[int, ...]
    checks: tuple[int, ...]


def write_block(file: IO[bytes], arrays: Sequence[NDArray[Any]]) -> tuple[list[int], list[int]]:
    """Write the streams of a block; return bytes at rest and CRC-32 of each."""
    codec = _codec()
    sizes, checks = [], []
    for array in arrays:
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        data = codec.compress(plain.data, asbytes=True) if plain.size else b""
        file.write(data)
        sizes.append(len(data))
        checks.append(zlib.crc32(data))
    return sizes, checks


def read_block(
    read: bytes, file: Path, block: Block, streams: Sequence[Stream]
) -> list[NDArray[Any]]:
    """Return the streams of a block that was read from a file, each checked.

    Raises
    ------
    DataError
        When a stream's bytes are not those that were written.
    """
    data = memoryview(read)
    codec, arrays, start = _codec(), list[NDArray[Any]](), 0
    for stream, size, check in zip(streams, block.sizes, block.checks, strict=True):
        part = data[start : start + size]
        start += size
        if len(part) != size or zlib.crc32(part) != check:
            raise DataError(
                f"column {stream.column!r} ({stream.part}) of the block at byte {block.start} in "
                f"{file} was altered: its checksum is not that of the store"
            )
        count = block.rows * stream.numbers
        if stream.part == "text":
            count = int(np.maximum(arrays[-1], 0).sum())
        little = np.dtype(stream.dtype).newbyteorder("<")
        raw = codec.decompress(part, count * little.itemsize) if count else b""
        arrays.append(np.frombuffer(raw, little, count).astype(stream.dtype, copy=False))
    return arrays


def _codec() -> Any:
    import pyarrow as pa

    return pa.Codec("zstd", compression_level=LEVEL)
