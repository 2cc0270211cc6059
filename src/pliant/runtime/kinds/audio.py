"""Sounds: log-mel spectrograms of one size."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ModelFileError
from pliant.runtime.kinds.base import ArraySource, ArrayStore
from pliant.runtime.kinds.grid import MAX_SIDE, GridCodebook
from pliant.runtime.media.mel import log_mel
from pliant.runtime.media.places import MissingFiles, missing_files_named
from pliant.runtime.media.sounds import samples_of
from pliant.runtime.raw import RawColumn, Strings

N_SOUNDS, SAMPLES, RATE = 20, 4_000, 8_000
"""Different sounds among those that are made up, and how long they are."""

MAX_TOP = 192_000


@dataclass(frozen=True)
class AudioCodebook(GridCodebook):
    """Spectrograms of so many `bands` from 0 to `top` Hz, and so many `frames`.

    Examples
    --------
    >>> from pliant.runtime.columns import column_from_values
    >>> book = AudioCodebook()
    >>> sounds = book.made_up(2, np.random.default_rng(0))
    >>> book.shape, book.encode(sounds).shape
    ((40, 64, 1), (2, 2560))
    """

    bands: int = 40
    frames: int = 64
    top: int = 4_000
    absent: MissingFiles = "refuse"

    kind: ClassVar[str] = "audio"
    plane: ClassVar[str] = "audio"
    noun: ClassVar[str] = "a sound"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Bands, frames, and one channel."""
        return self.bands, self.frames, 1

    @property
    def missing_files(self) -> MissingFiles:
        """Whether a file that does not exist is an error, or a missing value."""
        return self.absent

    def grid_of(self, data: bytes) -> NDArray[np.uint8]:
        """Return the spectrogram of the bytes of a file."""
        samples, rate = samples_of(data)
        return log_mel(samples, rate, self.bands, self.frames, float(self.top))

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return half a second of noise, as WAV."""
        levels = [_wav(noise) for noise in rng.normal(0, 3_000, (N_SOUNDS, SAMPLES))]
        return Strings(rng.integers(0, N_SOUNDS, n_rows).astype(np.int32), levels)

    def described(self) -> str:
        """Return the size."""
        return f"{self.bands}x{self.frames}"

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return bands, frames and the top."""
        held = {"bands": self.bands, "frames": self.frames, "top": self.top}
        return held | ({"missing_files": "allow"} if self.absent == "allow" else {})

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook of what `to_json` has written."""
        found = [described[name] for name in ("bands", "frames", "top")]
        most = (MAX_SIDE, MAX_SIDE, MAX_TOP)
        if any(type(v) is not int or not 1 <= v <= m for v, m in zip(found, most, strict=True)):
            raise ModelFileError(f"expected bands, frames and a top of sounds, got {found}")
        missing = missing_files_named(described.get("missing_files", "refuse"))
        bands, frames, top = found
        return cls(bands, frames, top, missing)


def _wav(samples: NDArray[np.float64]) -> str:
    """Return samples as the text of a WAV file of 16 bits."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(samples, -32_768, 32_767).astype("<i2").tobytes())
    return data.getvalue().decode("latin-1")
