"""Images: the bytes of a file -> pixels of one size, by Pillow (`pip install "pliant[image]"`)."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import MissingLibraryError
from pliant.runtime.media.unreadable import UnreadableError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""The formats that are read; of an animation, its first picture."""

MAX_PIXELS = 89_478_485
"""Pixels of an image, at most: where Pillow warns of a decompression bomb, 268 MB as RGB."""

_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
"""What Pillow raises over files that are damaged or cut short."""


def pixels_of(data: bytes, size: tuple[int, int], channels: int) -> NDArray[np.uint8]:
    """Return the pixels of an image, uint8 (height, width, `channels`), resized to `size`.

    Grey where there is one channel, else red, green and blue. It is turned as its EXIF data say,
    stands on white where it is transparent, and has its 16 bits scaled to 8.

    Raises
    ------
    UnreadableError
        When the bytes are no image, one of too many pixels, or damaged.
    MissingLibraryError
        When Pillow is not installed.
    """
    from_pillow = _pillow()
    height, width = size
    with _opened(data) as image:
        try:
            image.draft("RGB", (2 * width, 2 * height))  # JPEG is decoded at a fraction at once
            turned = from_pillow.ImageOps.exif_transpose(image)
            plain = _plain(turned, "L" if channels == 1 else "RGB")
            if plain.size != (width, height):
                bilinear = from_pillow.Image.Resampling.BILINEAR
                plain = plain.resize((width, height), bilinear, reducing_gap=2.0)
            return np.asarray(plain, dtype=np.uint8).reshape(height, width, channels)
        except _DAMAGE as error:
            raise UnreadableError(f"expected a whole image, but {_said(error)}") from None


def header_of(data: bytes) -> tuple[tuple[int, int], bool]:
    """Return height and width of an image as it is to be seen, and whether it has colours.

    Raises
    ------
    UnreadableError
        When the bytes are no image, or one of too many pixels.
    MissingLibraryError
        When Pillow is not installed.
    """
    with _opened(data) as image:
        try:
            on_its_side = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
        except _DAMAGE:
            on_its_side = False
        width, height = image.size[::-1] if on_its_side else image.size
        return (height, width), image.mode not in _GREYS


_GREYS = ("1", "L", "LA", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_ORIENTATION = 0x0112


def _opened(data: bytes) -> Image:
    """Return an image whose header was read, and nothing else."""
    from_pillow = _pillow()
    bombs = from_pillow.Image.DecompressionBombError, from_pillow.Image.DecompressionBombWarning
    try:
        image: Image = from_pillow.Image.open(io.BytesIO(data), formats=FORMATS)
    except bombs:
        raise _too_large() from None
    except _DAMAGE:
        raise UnreadableError(f"expected an image ({', '.join(FORMATS)})") from None
    if image.size[0] * image.size[1] > MAX_PIXELS:
        raise _too_large()
    return image


def _too_large() -> UnreadableError:
    return UnreadableError(f"expected an image of at most {MAX_PIXELS / 1e6:.0f} million pixels")


def _plain(image: Image, mode: str) -> Image:
    """Return an image of 8 bits a channel without transparency."""
    from_pillow = _pillow()
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        scale = 1 / 257 if image.mode.startswith("I") else 1.0
        bytes_ = np.clip(np.rint(values * scale), 0, 255).astype(np.uint8)
        image = from_pillow.Image.fromarray(bytes_)
    if image.has_transparency_data:
        over = image.convert("RGBA")
        white = from_pillow.Image.new("RGBA", over.size, "white")
        image = from_pillow.Image.alpha_composite(white, over)
    return image if image.mode == mode else image.convert(mode)


def _said(error: BaseException) -> str:
    return str(error).split("\n", 1)[0].rstrip(".") or type(error).__name__


def _pillow() -> Any:
    try:
        import PIL.Image
        import PIL.ImageOps
    except ImportError:
        raise MissingLibraryError(
            'expected Pillow to read images: pip install "pliant[image]"'
        ) from None
    return PIL


def bitmap_of(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels uint8 (H, W, 1 or 3) as a file in the format BMP, without Pillow.

    Examples
    --------
    >>> bitmap_of(np.zeros((2, 3, 3), np.uint8))[:2]
    b'BM'
    """
    height, width = pixels.shape[:2]
    rows = np.zeros((height, -(-3 * width // 4) * 4), dtype=np.uint8)
    colours = np.broadcast_to(pixels, (height, width, 3))[::-1, :, ::-1]
    rows[:, : 3 * width] = colours.reshape(height, -1)
    head = struct.pack("<2sIII", b"BM", 54 + rows.size, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, rows.size, 2835, 2835, 0, 0)
    return head + rows.tobytes()
