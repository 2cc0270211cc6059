"""Tables in, from files, frames, arrays and stores: `pliant.data.open` is the way in.

It is imported when it is first used: a loaded model needs none of what reads files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pliant.data.dataset import Dataset
    from pliant.data.opening import open_data as open

__all__ = ["Dataset", "open"]


def __getattr__(name: str) -> Any:
    if name == "open":
        from pliant.data.opening import open_data

        return open_data
    if name == "Dataset":
        from pliant.data.dataset import Dataset

        return Dataset
    raise AttributeError(f"module 'pliant.data' has no attribute {name!r}")
