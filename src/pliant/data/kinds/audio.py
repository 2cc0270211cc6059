"""Sounds: which columns hold them, and up to which frequency they are heard."""

from __future__ import annotations

from typing import ClassVar

from pliant.data.kinds.media import MediaKind, bytes_sampled, size_of
from pliant.runtime.kinds import AudioCodebook, Codebook
from pliant.runtime.media.blobs import SOUND_SUFFIXES
from pliant.runtime.media.places import HERE
from pliant.runtime.media.sounds import rate_of
from pliant.runtime.media.unreadable import UnreadableError
from pliant.runtime.raw import Strings

MAX_TOP, MIN_TOP = 8_000, 500
"""Hz up to which sounds are heard at most, which speech needs, and at least."""


class AudioKind(MediaKind):
    """Sounds, as bytes, paths or URLs."""

    codebook: ClassVar[type[Codebook]] = AudioCodebook
    rank: ClassVar[float] = 5
    suffixes: ClassVar[tuple[str, ...]] = SOUND_SUFFIXES
    noun: ClassVar[str] = "a sound"

    def learned(self, column: Strings, mark: str) -> Codebook:
        """Return the codebook: half the least rate of some of the sounds is the top of its bands.

        So that sounds of 8 kHz and of 44 kHz in one column do not differ by their rates.
        """
        rates = []
        for data in bytes_sampled(column):
            try:
                rates.append(rate_of(data))
            except UnreadableError:  # told with its row when all are read
                continue
        top = min(MAX_TOP, max(MIN_TOP, min(rates, default=2 * MAX_TOP) // 2))
        default = AudioCodebook()
        bands, frames = size_of(mark) or (default.bands, default.frames)
        return AudioCodebook(bands, frames, top, (column.folder or HERE).missing)
