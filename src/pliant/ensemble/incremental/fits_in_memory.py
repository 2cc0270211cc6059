"""Whether the table of files fits into memory."""

from __future__ import annotations

from collections.abc import Sequence

from pliant.core.memory import available_memory
from pliant.data.locate import Located

COPIES = 3
"""How many times a table lies in memory while it is read: as it came, as floats, as codes."""

PACKED = {"": 1, ".gz": 5, ".zst": 5, ".bz2": 6}
"""How many times larger a compressed file becomes, about."""


def too_large(files: Sequence[Located], memory: int | None) -> str:
    """Return why files are not to be read into memory at once; nothing where they may be.

    `memory` is what may be used, None for what is free.
    """
    allowed = available_memory() if memory is None else memory
    needed = COPIES * sum(_bytes(file) for file in files)
    if needed <= allowed:
        return ""
    its = "its table" if len(files) == 1 else f"the table of {len(files)} files"
    return f"{its} may take {needed / 1e9:.2f} GB, and there are {allowed / 1e9:.2f} GB"


def _bytes(file: Located) -> int:
    """Return about how many bytes the table of a file takes, 8 a value at least."""
    if file.kind not in (".parquet", ".pq"):
        return file.size * PACKED[file.compression]
    from pyarrow import parquet

    with file.opened() as raw:
        known = parquet.read_metadata(raw)
    return max(8 * int(known.num_rows) * int(known.num_columns), file.size)
