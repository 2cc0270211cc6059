"""Samples of sounds: widths, channels, formats, and what cannot be read."""

from __future__ import annotations

import io
import sys
import wave

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from pliant.core.errors import MissingLibraryError
from pliant.runtime.media.sounds import MAX_SECONDS, samples_of
from pliant.runtime.media.unreadable import UnreadableError

RATE = 8_000


def tone(seconds: float = 0.1) -> NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * RATE)) / RATE)


def wav(samples: NDArray[np.float64], width: int = 2, channels: int = 1) -> bytes:
    data = io.BytesIO()
    whole = np.rint(samples * ((1 << (8 * width - 1)) - 1)).astype("<i4")
    with wave.open(data, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(RATE)
        raw = whole.view(np.uint8).reshape(-1, 4)[:, :width]
        file.writeframes((raw + 128 if width == 1 else raw).astype(np.uint8).tobytes())
    return data.getvalue()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_samples_of_every_width_are_read(width: int) -> None:
    samples, rate = samples_of(wav(tone(), width))
    assert rate == RATE
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, tone(), atol=0.02)


def test_channels_are_averaged() -> None:
    both = np.stack([tone(), np.zeros(len(tone()))], axis=1).ravel()
    np.testing.assert_allclose(samples_of(wav(both, 2, 2))[0], tone() / 2, atol=0.001)


@pytest.mark.parametrize(("format_", "kind"), [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "")])
def test_other_formats_are_read(format_: str, kind: str) -> None:
    data = io.BytesIO()
    soundfile.write(data, tone(1.0), RATE, format=format_, subtype=kind or None)
    samples, rate = samples_of(data.getvalue())
    assert rate == RATE
    assert abs(float(np.abs(samples).max()) - 0.5) < 0.1


def test_wav_of_floats_is_read() -> None:
    data = io.BytesIO()
    soundfile.write(data, tone(), RATE, format="WAV", subtype="FLOAT")
    np.testing.assert_allclose(samples_of(data.getvalue())[0], tone(), atol=1e-6)


def test_what_cannot_be_read_is_said_in_a_sentence() -> None:
    whole = wav(tone())
    header = bytearray(wav(tone()))
    header[40:44] = (2 * RATE * (MAX_SECONDS + 1)).to_bytes(4, "little")
    cases = [
        (whole[: len(whole) // 2], "cut short"),
        (b"RIFF\0\0\0\0WAVE", "expected a whole WAV file"),
        (b"fLaC\0 and nothing", "expected a whole sound"),
        (wav(np.zeros(0)), "no samples"),
        (bytes(header), "at most 3,600 seconds"),
    ]
    for data, said in cases:
        with pytest.raises(UnreadableError, match=said):
            samples_of(data)


def test_without_soundfile_plain_wav_is_read_and_else_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert len(samples_of(wav(tone()))[0]) == len(tone())
    with pytest.raises(MissingLibraryError, match=r'pip install "pliant\[audio\]"'):
        samples_of(b"fLaC\0")
