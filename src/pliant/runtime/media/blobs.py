"""Blobs: the bytes of an image or a sound as a text of a character a byte, which cells can hold.

A file begins with the marks of its format, so bytes and texts that say something are told apart.
"""

from __future__ import annotations

IMAGE, SOUND = "image", "audio"
"""What bytes may be, by the names of the kinds of columns that read them."""

_MARKS = (
    ("\x89PNG\r\n\x1a\n", IMAGE),
    ("\xff\xd8\xff", IMAGE),  # JPEG
    ("GIF87a", IMAGE),
    ("GIF89a", IMAGE),
    ("II*\0", IMAGE),  # TIFF
    ("MM\0*", IMAGE),
    ("fLaC\0", SOUND),
    ("fLaC\x80", SOUND),
    ("OggS\0", SOUND),
    ("ID3\2", SOUND),  # MP3 with tags
    ("ID3\3", SOUND),
    ("ID3\4", SOUND),
    ("\xff\xfb", SOUND),  # MP3
    ("\xff\xf3", SOUND),
    ("\xff\xf2", SOUND),
)
_RIFF = {"WEBP": IMAGE, "WAVE": SOUND}

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".webp", ".gif", ".bmp", ".tif", ".tiff")
SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".mp3")
"""How names of files end that hold such bytes."""

HEAD = 16
"""Bytes that tell what a file is, at most."""


def content_of(text: str) -> str:
    """Return what a text is the bytes of, `IMAGE` or `SOUND`; nothing where it is a text.

    Examples
    --------
    >>> content_of("\\xff\\xd8\\xff\\xe0..."), content_of("cat.jpg")
    ('image', '')
    """
    if text.startswith("RIFF"):
        return _RIFF.get(text[8:12], "")
    if text.startswith("BM") and text[6:10] == "\0\0\0\0":
        return IMAGE
    return next((kind for mark, kind in _MARKS if text.startswith(mark)), "")


def text_of_blob(data: bytes) -> str | None:
    """Return the bytes of an image or a sound as text; None for any other bytes.

    Examples
    --------
    >>> text = text_of_blob(b"GIF89a\\x02\\x00")
    >>> text is not None and blob_of(text)
    b'GIF89a\\x02\\x00'
    >>> text_of_blob("café".encode()) is None
    True
    """
    return data.decode("latin-1") if content_of(data[:HEAD].decode("latin-1")) else None


def blob_of(text: str) -> bytes | None:
    """Return the bytes that a text holds; None where it is a text."""
    if not content_of(text[:HEAD]):
        return None
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:  # letters of another script: a text that only begins so
        return None


def shown(text: str) -> str:
    """Return a text as messages quote it: bytes by what and how many they are.

    Examples
    --------
    >>> shown("cat.jpg"), shown("GIF89a" + "." * 2_000)
    ("'cat.jpg'", 'an image of 2,006 bytes')
    """
    kind = content_of(text[:HEAD])
    if not kind:
        return repr(text)
    return f"{'an image' if kind == IMAGE else 'a sound'} of {len(text):,} bytes"
