"""Sounds: the bytes of a file -> samples; WAV by the standard library, other formats by soundfile.

`pip install "pliant[audio]"` brings soundfile, for FLAC, OGG and MP3, and WAV that is no plain PCM.
"""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import MissingLibraryError
from pliant.runtime.media.unreadable import UnreadableError

MAX_SECONDS = 3_600
"""Seconds of a sound, at most."""


def samples_of(data: bytes) -> tuple[NDArray[np.float32], int]:
    """Return the samples of a sound, float32 (t,) from -1 to 1, and how many a second has.

    Several channels are averaged.

    Raises
    ------
    UnreadableError
        When the bytes are no sound, one that is too long, or cut short.
    MissingLibraryError
        When it takes soundfile, which is not installed.
    """
    if data[:4] == b"RIFF":
        try:
            return _of_wav(data)
        except wave.Error as error:  # no plain PCM, or damaged: soundfile may tell
            if not str(error).startswith("unknown"):
                raise UnreadableError(f"expected a whole WAV file, but {error}") from None
        except EOFError:
            raise UnreadableError("expected a whole WAV file, but it is cut short") from None
    return _by_soundfile(data)


def rate_of(data: bytes) -> int:
    """Return how many samples a second of a sound has; raises as `samples_of` does."""
    return samples_of(data)[1]


def _of_wav(data: bytes) -> tuple[NDArray[np.float32], int]:
    with wave.open(io.BytesIO(data)) as file:
        n, rate, channels = file.getnframes(), file.getframerate(), file.getnchannels()
        width = file.getsampwidth()
        _refuse_long(n, rate)
        raw = file.readframes(n)
    if len(raw) < n * channels * width:
        raise UnreadableError("expected a whole WAV file, but it is cut short")
    return _mono(_whole_numbers(raw, width).reshape(-1, channels)), rate


def _whole_numbers(raw: bytes, width: int) -> NDArray[np.float32]:
    """Return little-endian samples of 1 to 4 bytes as float32; those of a byte have no sign."""
    if width == 1:
        return ((np.frombuffer(raw, np.uint8) - 128.0) / 128).astype(np.float32)
    if width == 3:
        bytes_ = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(bytes_), 4), dtype=np.uint8)
        wide[:, 1:] = bytes_
        raw, width = wide.tobytes(), 4
    whole = np.frombuffer(raw, "<i2" if width == 2 else "<i4")
    return (whole / (1 << (8 * width - 1))).astype(np.float32)


def _by_soundfile(data: bytes) -> tuple[NDArray[np.float32], int]:
    library = _soundfile()
    try:
        with library.SoundFile(io.BytesIO(data)) as file:
            rate = int(file.samplerate)
            _refuse_long(file.frames, rate)
            samples: NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
    except library.LibsndfileError as error:
        said = str(error).split(": ")[-1].rstrip(".").lower() or "it is damaged"
        raise UnreadableError(f"expected a whole sound (WAV, FLAC, OGG, MP3), but {said}") from None
    return _mono(samples), rate


def _mono(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    if not len(samples):
        raise UnreadableError("expected a sound, but it has no samples")
    mixed = samples.mean(axis=1)
    return np.where(np.isfinite(mixed), mixed, 0).astype(np.float32)


def _refuse_long(n_samples: int, rate: int) -> None:
    if rate < 1 or n_samples > MAX_SECONDS * rate:
        raise UnreadableError(f"expected a sound of at most {MAX_SECONDS:,} seconds")


def _soundfile() -> Any:
    try:
        import soundfile
    except (ImportError, OSError):  # its library in C may be absent as well
        raise MissingLibraryError(
            'expected soundfile to read sounds that are no plain WAV: pip install "pliant[audio]"'
        ) from None
    return soundfile
