"""Images of every sort as pixels: modes, turns, animations, and what cannot be read."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pliant.core.errors import MissingLibraryError
from pliant.runtime.media.images import bitmap_of, header_of, pixels_of
from pliant.runtime.media.unreadable import UnreadableError

RED, WHITE = [255, 0, 0], [255, 255, 255]


def saved(image: Image.Image, format_: str = "PNG", **how: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, format_, **how)
    return data.getvalue()


def halves() -> Image.Image:
    """Return a picture of 6 x 4 pixels, red above and white below."""
    pixels = np.full((4, 6, 3), 255, np.uint8)
    pixels[:2] = RED
    return Image.fromarray(pixels)


def test_pixels_of_the_same_size_are_kept() -> None:
    pixels = pixels_of(saved(halves()), (4, 6), 3)
    assert pixels.shape == (4, 6, 3)
    assert pixels.dtype == np.uint8
    assert pixels[0, 0].tolist() == RED
    assert pixels[3, 5].tolist() == WHITE


@pytest.mark.parametrize("format_", ["JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_is_read(format_: str) -> None:
    large = halves().resize((60, 40), Image.Resampling.NEAREST)
    pixels = pixels_of(saved(large, format_), (4, 6), 3).astype(int)
    assert np.abs(pixels[0, 0] - RED).max() < 30
    assert np.abs(pixels[3, 5] - WHITE).max() < 30


@pytest.mark.parametrize("mode", ["P", "CMYK", "LA", "RGBA", "1", "L"])
def test_every_mode_is_read(mode: str) -> None:
    made = halves().convert(mode)
    pixels = pixels_of(saved(made, "TIFF" if mode == "CMYK" else "PNG"), (4, 6), 3)
    assert pixels[3, 5].tolist() == WHITE
    coloured = mode in ("P", "CMYK", "RGBA")
    assert (pixels[0, 0].tolist() == RED) == coloured
    assert header_of(saved(made, "TIFF" if mode == "CMYK" else "PNG")) == ((4, 6), coloured)


def test_sixteen_bits_are_scaled_to_eight() -> None:
    deep = Image.fromarray(np.array([[0, 257 * 100, 65_535]], dtype=np.uint16))
    assert pixels_of(saved(deep), (1, 3), 1).ravel().tolist() == [0, 100, 255]
    assert header_of(saved(deep)) == ((1, 3), False)


def test_what_is_transparent_is_white() -> None:
    clear = np.zeros((2, 2, 4), np.uint8)
    clear[0] = [255, 0, 0, 255]
    pixels = pixels_of(saved(Image.fromarray(clear)), (2, 2), 3)
    assert pixels[0, 0].tolist() == RED
    assert pixels[1, 0].tolist() == WHITE


def test_a_picture_on_its_side_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    data = saved(halves().resize((60, 40)), "JPEG", exif=exif)
    assert header_of(data)[0] == (60, 40)
    pixels = pixels_of(data, (6, 4), 3).astype(int)
    assert np.abs(pixels[3, 3] - RED).max() < 30
    assert np.abs(pixels[3, 0] - WHITE).max() < 30


def test_of_an_animation_the_first_picture_counts() -> None:
    more = [Image.new("RGB", (6, 4), "blue")] * 2
    data = saved(halves(), "GIF", save_all=True, append_images=more)
    assert pixels_of(data, (4, 6), 3)[0, 0].tolist() == RED


def test_a_cut_file_is_refused() -> None:
    data = saved(halves().resize((300, 200)), "JPEG")
    with pytest.raises(UnreadableError, match="expected a whole image, but"):
        pixels_of(data[: len(data) // 2], (4, 6), 3)


def test_an_enormous_picture_is_refused_before_it_is_decoded() -> None:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = b""
    for name, held in ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        chunks += struct.pack(">I", len(held)) + name + held
        chunks += struct.pack(">I", zlib.crc32(name + held))
    bomb = b"\x89PNG\r\n\x1a\n" + chunks
    for ask in (lambda: pixels_of(bomb, (4, 6), 3), lambda: header_of(bomb)):
        with pytest.raises(UnreadableError, match="at most 89 million pixels"):
            ask()


def test_no_image_is_refused() -> None:
    with pytest.raises(UnreadableError, match="expected an image"):
        pixels_of(b"\x89PNG\r\n\x1a\n and then nothing", (4, 6), 3)


def test_without_pillow_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.delitem(sys.modules, "PIL.Image")
    with pytest.raises(MissingLibraryError, match=r'pip install "pliant\[image\]"'):
        pixels_of(b"", (4, 6), 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_bitmap_has_the_pixels_that_it_was_made_of(channels: int) -> None:
    made = np.random.default_rng(0).integers(0, 256, (5, 7, channels)).astype(np.uint8)
    assert np.array_equal(pixels_of(bitmap_of(made), (5, 7), channels), made)
