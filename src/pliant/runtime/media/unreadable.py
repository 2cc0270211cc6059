"""What is wrong with the bytes of a cell."""

from __future__ import annotations


class UnreadableError(ValueError):
    """Bytes that are no image or sound, or none that can be read: a sentence without its end.

    Who knows the row and what the cell holds adds these.
    """
