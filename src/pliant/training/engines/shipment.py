"""Shipping one value to many processes of this machine: written once, mapped by each.

The arrays inside are not copied: they are views of the page cache, which all processes share.
The file has no name, so nothing is left of it when the last process has gone, however it went.
"""

from __future__ import annotations

import mmap
import os
import pickle
import struct
import weakref
from typing import Any

from pliant.core.errors import SaveError
from pliant.core.temporary import nameless_file, where

ALIGNED = 64
_LENGTH = struct.Struct("<Q")


class Shipment:
    """A nameless file; its descriptor can be handed to other processes. It is closed with the last
    reference to it, or before that.
    """

    def __init__(self) -> None:
        self.descriptor = nameless_file()
        self._finalizer = weakref.finalize(self, os.close, self.descriptor)

    @classmethod
    def of(cls, value: object) -> Shipment:
        """Return a file that holds a value."""
        made = cls()
        made.put(value)
        return made

    def put(self, value: object) -> int:
        """Write a value, once; return how many bytes it took.

        Raises
        ------
        SaveError
            When the temporary folder has no room for it.
        """
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
        raws = [buffer.raw() for buffer in buffers]
        index = pickle.dumps((head, [raw.nbytes for raw in raws]))
        try:
            with os.fdopen(os.dup(self.descriptor), "wb") as file:
                file.write(_LENGTH.pack(len(index)) + index)
                for raw in raws:
                    file.seek(_aligned(file.tell()))
                    file.write(raw)
                return file.tell()
        except OSError as error:
            size = (len(index) + sum(raw.nbytes for raw in raws)) / 1e6
            raise SaveError(
                f"expected room for {size:,.0f} MB in {where()}, but: {error.strerror or error}"
            ) from None

    def close(self) -> None:
        """Let go of the file; those who have mapped it keep it."""
        self._finalizer()


def pickled_bytes(value: object) -> int:
    """Return how many bytes a value takes when it is sent; its arrays are counted, not copied."""
    sizes: list[int] = []

    def count(buffer: pickle.PickleBuffer) -> None:
        sizes.append(buffer.raw().nbytes)

    return len(pickle.dumps(value, protocol=5, buffer_callback=count)) + sum(sizes)


def receive(descriptor: int) -> Any:
    """Return the value that was put into a file; its arrays are read-only views of the file."""
    mapped = mmap.mmap(descriptor, os.fstat(descriptor).st_size, access=mmap.ACCESS_READ)
    view = memoryview(mapped)
    (length,) = _LENGTH.unpack_from(view)
    place = _LENGTH.size + length
    head, sizes = pickle.loads(view[_LENGTH.size : place])
    buffers = []
    for size in sizes:
        place = _aligned(place)
        buffers.append(view[place : place + size])
        place += size
    return pickle.loads(head, buffers=buffers)


def _aligned(place: int) -> int:
    return -(-place // ALIGNED) * ALIGNED
