"""The kinds of columns: a file a kind, what a loaded model needs of it; NumPy alone."""

from pliant.runtime.kinds.audio import AudioCodebook
from pliant.runtime.kinds.base import (
    FIRST_LEVEL,
    MISSING,
    UNSEEN,
    ArraySource,
    ArrayStore,
    BinnedCodebook,
    Codebook,
    DictionaryCodebook,
    Plane,
    PlaneCodebook,
    ReadBy,
    Reader,
)
from pliant.runtime.kinds.category import CategoryCodebook
from pliant.runtime.kinds.grid import GridCodebook
from pliant.runtime.kinds.image import ImageCodebook
from pliant.runtime.kinds.number import NumberCodebook
from pliant.runtime.kinds.parts import PartsCodebook
from pliant.runtime.kinds.text import TextCodebook
from pliant.runtime.kinds.time import TimeCodebook

__all__ = [
    "FIRST_LEVEL",
    "MISSING",
    "UNSEEN",
    "ArraySource",
    "ArrayStore",
    "AudioCodebook",
    "BinnedCodebook",
    "CategoryCodebook",
    "Codebook",
    "DictionaryCodebook",
    "GridCodebook",
    "ImageCodebook",
    "NumberCodebook",
    "PartsCodebook",
    "Plane",
    "PlaneCodebook",
    "ReadBy",
    "Reader",
    "TextCodebook",
    "TimeCodebook",
]
