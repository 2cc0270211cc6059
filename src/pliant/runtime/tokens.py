"""Tokens of free text: words, punctuation, and the characters of scripts that write no spaces.

Chinese, Japanese, Thai and their like do not say where a word ends, so that each of their
characters is a token. Text is taken in Unicode's form NFKC, in small letters; accents stay, since
they tell words and languages apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MAX_CHARACTERS = 20_000
"""Characters of a text that are read."""

UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana, extended
    (0x3400, 0x4DBF),  # Chinese characters, and their extensions
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""Ranges of characters, ends included, of scripts without spaces; as in `kernel/counting.c`."""

CHARACTERS_A_WORD = 2
"""Characters of a script without spaces that count as a word (Chinese has 1.5 to 2 a word)."""

_RANGES = "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED)
_MARKS = "\u0300-\u036f\u0900-\u0dff"
"""Marks above letters, and Indic scripts, whose vowel signs are no letters to `re`."""

_ASCII = re.compile(r"\w+|[^\w\s]")
_ANY = re.compile(rf"[{_RANGES}]|(?:[^\W{_RANGES}]|[{_MARKS}])+|[^\w\s\ud800-\udfff]")
_UNSPACED_CHARACTERS = re.compile(f"[{_RANGES}]")


def tokens_of(text: str) -> list[str]:
    """Return the tokens of a text, in their order.

    Examples
    --------
    >>> tokens_of("Café, 很好!")
    ['café', ',', '很', '好', '!']
    """
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        return _ASCII.findall(text.lower())
    return _ANY.findall(unicodedata.normalize("NFKC", text).lower())


def is_unspaced(token: str) -> bool:
    """Return whether a token is a character of a script without spaces."""
    return any(first <= ord(token[0]) <= last for first, last in UNSPACED)


def mean_words(texts: Sequence[str]) -> float:
    """Return how many words a text has in the mean, about; 0.0 of none.

    Examples
    --------
    >>> mean_words(["a small room", "房间很小"])
    2.5
    """
    return sum(map(_n_words, texts)) / max(1, len(texts))


def _n_words(text: str) -> float:
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        return len(text.split())
    spaced, n_unspaced = _UNSPACED_CHARACTERS.subn(" ", text)
    return len(spaced.split()) + n_unspaced / CHARACTERS_A_WORD
