"""Tables in, from files, frames, arrays and stores: `pliant.data.open` is the way in.

It is imported when it is first used: a loaded model needs none of what reads files.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pliant.data.dataset import Dataset
    from pliant.data.opening import open_data as open
    from pliant.data.store.sample import Sampling
    from pliant.data.store.shards import ShardSize
    from pliant.data.store.source import BatchSize

_HOMES = {
    "BatchSize": ("pliant.data.store.source", "BatchSize"),
    "Dataset": ("pliant.data.dataset", "Dataset"),
    "Sampling": ("pliant.data.store.sample", "Sampling"),
    "ShardSize": ("pliant.data.store.shards", "ShardSize"),
    "open": ("pliant.data.opening", "open_data"),
}

__all__ = ["BatchSize", "Dataset", "Sampling", "ShardSize", "open"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pliant.data' has no attribute {name!r}")
    home, own = _HOMES[name]
    return getattr(import_module(home), own)
