"""Spectrograms: the same at every rate and loudness, and of every length."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pliant.runtime.media.mel import log_mel


def chirp(rate: int, seconds: float = 0.5) -> NDArray[np.float32]:
    t = np.arange(int(seconds * rate)) / rate
    return np.sin(2 * np.pi * (300 * t + 1_200 * t**2)).astype(np.float32)


def test_sounds_of_8_and_44_khz_are_alike() -> None:
    one, other = (log_mel(chirp(rate), rate, 40, 64, 4_000.0) for rate in (8_000, 44_100))
    assert one.dtype == np.uint8
    assert one.shape == other.shape == (40, 64)
    loud = one > 180
    assert np.abs(one[loud].astype(int) - other[loud]).mean() < 8


def test_loudness_and_silence_around_do_not_matter() -> None:
    sound = chirp(8_000)
    quiet = np.concatenate([np.zeros(1_600, np.float32), sound / 9, np.zeros(1_600, np.float32)])
    one, other = (log_mel(s, 8_000, 40, 64, 4_000.0) for s in (sound, quiet))
    assert np.abs(one.astype(int) - other).mean() < 12


def test_silence_is_1_throughout() -> None:
    assert (log_mel(np.zeros(4_000, np.float32), 8_000, 40, 64, 4_000.0) == 1).all()


@pytest.mark.parametrize("n_samples", [1, 150, 9_000, 80_000])
def test_every_length_becomes_as_many_frames(n_samples: int) -> None:
    noise = np.random.default_rng(0).normal(size=n_samples).astype(np.float32)
    made = log_mel(noise, 8_000, 20, 32, 4_000.0)
    assert made.shape == (20, 32)
    assert made.min() >= 1


def test_bands_beyond_the_rate_are_silent() -> None:
    made = log_mel(chirp(8_000), 8_000, 40, 64, 8_000.0)
    assert (made[32:] == 1).all()
    assert (made[:20] > 1).any()
