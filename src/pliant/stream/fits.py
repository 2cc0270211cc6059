"""Whether a file's table fits into memory."""

from __future__ import annotations

from pathlib import Path

from pliant.memory import available_memory

COPIES = 3
"""How many times a table lies in memory while it is read: as it came, as floats, as codes."""

PACKED = {".gz": 5}
"""How many times larger a compressed file becomes, about."""


def too_large(path: Path, memory: int | None) -> str:
    """Return why a file is not to be read into memory at once; nothing where it may be.

    `memory` is what may be used, None for what is free.
    """
    allowed = available_memory() if memory is None else memory
    needed = COPIES * _bytes(path)
    if needed <= allowed:
        return ""
    return f"its table may take {needed / 1e9:.2f} GB, and there are {allowed / 1e9:.2f} GB"


def _bytes(path: Path) -> int:
    """Return about how many bytes the table of a file takes, 8 a value at least."""
    if not path.is_file():  # the reader says so
        return 0
    suffix, size = path.suffix.lower(), path.stat().st_size
    if suffix in (".parquet", ".pq"):
        import pyarrow as pa
        from pyarrow import parquet

        try:
            known = parquet.read_metadata(path)
        except pa.ArrowInvalid:  # the reader says what is wrong with it
            return size
        cells = int(known.num_rows) * int(known.num_columns)
        return max(8 * cells, size)
    return size * PACKED.get(suffix, 1)
