"""The grammar of values: what a text says as a number, what is missing, which words are the same.

Every way in (a file, a frame, a dict, a request) reads text by these rules, and the schema says
which of them a column follows. So a value means the same beside any other values. docs/data.md
tells the grammar to users.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime

MISSING_WORDS = frozenset(
    (
        *("", "?", "NA", "N/A", "n/a", "<NA>", "#N/A", "#N/A N/A", "#NA", "NaN", "nan", "NaT"),
        *("-NaN", "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
        *("NULL", "null", "None", "\\N"),
    )
)
"""How a missing value is written, white space around it aside."""

TRUTH = {"true": True, "false": False}

DECIMAL_MARKS = (".", ",")

_CURRENCY = r"(?:[$£€¥₹₽₩₺₫₱฿₴₦¢]|USD|EUR|GBP|CNY|RMB|JPY|CHF)"


def _numeral(decimal: str, mark: str) -> re.Pattern[str]:
    """Return what a number looks like with this decimal mark and these between thousands."""
    grouped = rf"[1-9]\d{{0,2}}(?P<mark>{mark})\d{{2,3}}(?:(?P=mark)\d{{2,3}})*(?<=\d\d\d)"
    digits = rf"(?:{grouped}|\d+)(?:{decimal}\d*)?|{decimal}\d+"
    return re.compile(
        rf"(?P<open>\()?(?P<sign>[+-])?\s*(?:{_CURRENCY}\s*)?(?P<inner>[+-])?"
        rf"(?P<digits>{digits})(?P<exponent>[eE][+-]?\d+)?"
        rf"\s*(?P<percent>%)?(?:{_CURRENCY})?(?P<close>\))?"
    )


_NUMERALS = {".": _numeral(r"\.", r"[,' ]"), ",": _numeral(",", r"[.' ]")}
_HEXADECIMAL = re.compile(r"[+-]?0[xX][0-9a-fA-F]+")
_CLOCK = re.compile(
    r"(?:(?P<days>-?\d+) days?,?\s*\+?)?(?P<sign>-)?"
    r"(?P<hour>\d{1,3}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:\.\d+)?))?"
    r"(?:\s*(?P<half>[aApP])\.?[mM]\.?)?"
)
_DAYS = re.compile(r"(-?\d+) days?")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_PADDED = re.compile(r"[+-]?0\d")
_ALIKE = str.maketrans({"\N{MINUS SIGN}": "-", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})


def is_missing_word(text: str) -> bool:
    """Return whether a text says that there is no value."""
    return text in MISSING_WORDS or text.strip() in MISSING_WORDS


def is_plain_number(text: str) -> bool:
    """Return whether a text is a number as a computer writes it."""
    return _PLAIN.fullmatch(text) is not None


def is_padded(text: str) -> bool:
    """Return whether a number is written with zeros before it, as codes are: "01"."""
    return _PADDED.match(text) is not None and text.isdigit()


def parse_number(text: str, decimal: str = ".") -> float:
    """Return the number that a text says, NaN where it says none.

    Digits of any script, signs, exponents, marks between thousands, currencies, percents,
    hexadecimals, "true" and "false", times of a day and durations (in seconds) are numbers;
    `decimal` is the mark before the fraction.

    >>> parse_number("1,234.5"), parse_number("1.234,5", ","), parse_number("-12 %")
    (1234.5, 1234.5, -0.12)
    >>> parse_number("0x1A"), parse_number("08:30"), parse_number("many")
    (26.0, 30600.0, nan)
    """
    if decimal == "." or not ("," in text or "." in text):
        try:
            return math.nan if "_" in text else float(text)
        except ValueError:
            pass
    return _written(unicodedata.normalize("NFKC", text).translate(_ALIKE).strip(), decimal)


def _written(text: str, decimal: str) -> float:
    if not text or not any(c.isdigit() for c in text):
        return float(TRUTH.get(text.lower(), math.nan))
    for mark in (decimal, "."):  # a point where commas are usual, as in "0.5"
        found = _NUMERALS[mark].fullmatch(text)
        if found and bool(found["open"]) == bool(found["close"]):
            return _value(found, mark)
    if _HEXADECIMAL.fullmatch(text):
        return float(int(text, 16))
    return _seconds(text)


def _value(found: re.Match[str], decimal: str) -> float:
    digits = found["digits"]
    if found["mark"]:
        digits = digits.replace(found["mark"], "")
    value = float(digits.replace(decimal, ".") + (found["exponent"] or ""))
    signs = (found["sign"], found["inner"])
    if signs.count("-") == 1 or found["open"]:
        value = -value
    return value / 100 if found["percent"] else value


def _seconds(text: str) -> float:
    found = _CLOCK.fullmatch(text)
    if found is None:
        days = _DAYS.fullmatch(text)
        return 86_400.0 * int(days[1]) if days else math.nan
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return math.nan
        hour = hour % 12 + 12 * (found["half"] in "pP")
    seconds = 3600 * hour + 60 * int(found["minute"]) + float(found["second"] or 0)
    return 86_400.0 * int(found["days"] or 0) + (-seconds if found["sign"] else seconds)


def meanings(text: str, padded: bool = False) -> Iterator[object]:
    """Give what a word also means, by which it is known where it is written in another way.

    A truth, a number, a time: "True" is "true", 1.50 is 1.5, 2024-01-01 is its midnight. A number
    with zeros before it is none but where `padded`: "01" is a word of its own, yet a table that
    read it as a number has lost its zero.

    >>> list(meanings("1.50")), list(meanings("TRUE")), list(meanings("01"))
    ([1.5], [('truth', True), 1], [])
    """
    truth = TRUTH.get(text.lower())
    if truth is not None:
        yield "truth", truth
        yield int(truth)
    elif _PLAIN.fullmatch(text):
        if padded or not _PADDED.match(text):
            yield _number(text)
    elif len(text) >= 8 and text[0].isdigit():
        moment = parse_moment(text)
        if moment is not None:
            yield "time", moment


def _number(text: str) -> int | float:
    """Return a number; a whole one is exact, however long it is."""
    value = float(text)
    if math.isinf(value) or not value.is_integer():
        return value
    return int(text) if text.lstrip("+-").isdigit() else int(value)


def parse_moment(text: str) -> datetime | None:
    """Return the time that a text of ISO 8601 says, in UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
