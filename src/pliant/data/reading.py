"""How a column of text is read, learned from all of its words: as numbers, as times, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.grammar import DECIMAL_MARKS, is_padded, parse_number
from pliant.runtime.raw import NOT_A_TIME, Strings
from pliant.runtime.times import DIGITS, moment_of_text, time_parser

STRAY_SHARE = 0.05
"""Of the values of a column of numbers or times, how many may be words: they count as missing."""

FAMILIAR_WORDS = 10
"""How many different numbers or times there must be for each different word that is none. Fewer are
categories with names: "0", "a" and "b", or "1", "2", "3" and "4+"."""

MAX_DISTINCT = 0.95
"""Different words a value beyond which a column names its rows, and tells nothing of new ones."""

_PROBE, _DECISIVE = 1000, 20_000
"""Words that are looked at to see whether it can be, and to tell formats apart that both can be."""

DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d.%m.%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d.%m.%y"),
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y"),
    *("%d-%b-%y", "%d%b%Y", "%d %b %y", "%d/%b/%Y", "%a, %d %b %Y", "%a %d %b %Y", "%a %b %d %Y"),
    *("%A, %d %B %Y", "%A, %B %d, %Y", "%a, %b %d, %Y"),
    *("%Y年%m月%d日", "%Y-%m", "%Y/%m", "%m/%Y", "%b-%Y", "%b %Y", "%B %Y", "%b-%y", "%Y%m%d"),
)
"""Ways a date is written, tried in this order."""

_CLOCK = re.compile(
    r"(?P<gap>[T ,:]\s*)(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2}(?P<fraction>\.\d{1,6})?)?"
    r"(?P<half>\s?[aApP][mM])?(?P<zone>\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
)


@dataclass(frozen=True)
class TextReading:
    """Text as numbers or times: `mark` is the decimal mark, or the format of times.

    `values` float64 or int64 microseconds, one a level. `strays` values of the column are none of
    these, such as `stray`; `bent` is a level that is no plain number, and `also` another format
    that fits as well.
    """

    mark: str
    values: NDArray[np.float64] | NDArray[np.int64]
    strays: int = 0
    stray: str = ""
    bent: str = ""
    also: str = ""

    def note(self, kind: str, rows: int = 0) -> str:
        """Return what a user should know of it, in a column of so many rows."""
        notes = []
        if self.strays:
            notes.append(stray_note(self.strays, rows, kind, self.stray))
        if self.bent:
            value = parse_number(self.bent, self.mark)
            notes.append(f"text is read as numbers: {self.bent!r} is {value:.15g}")
        if self.also:
            notes.append(f"times are read by {self.mark}, though {self.also} fits as well")
        return "; ".join(notes)


def stray_note(strays: int, rows: int, kind: str, stray: str) -> str:
    """Return what to say of so many values among the rows that are none of the column's kind."""
    are, count = ("is", "counts") if strays == 1 else ("are", "count")
    return (
        f"{strays:,} of {rows:,} values {are} no {kind} and {count} as missing, such as {stray!r}"
    )


def as_numbers(column: Strings) -> TextReading | None:
    """Return how the words of a column are numbers, None where they are not."""
    counts = _counts(column)
    used = np.flatnonzero(counts)
    marks = [mark for mark in DECIMAL_MARKS if _can_be_numbers(column.levels, used, mark)]
    readings = [_numbers(column.levels, counts, mark) for mark in marks]
    best = min(readings, key=lambda reading: reading.strays, default=None)
    if best is not None and _repeats(counts) and _are_codes(column, used, np.isnan(best.values)):
        return None
    return best if best is not None and _mostly(best, counts, np.isnan(best.values)) else None


def _are_codes(column: Strings, used: NDArray[np.intp], odd: NDArray[np.bool_]) -> bool:
    """Return whether words are codes rather than numbers: with zeros before one, as postal ones
    have, or whole numbers that a source with types holds as text."""
    words = [column.levels[i] for i in used.tolist() if not odd[i]]
    return any(map(is_padded, words)) or (not column.written and all(w.isdigit() for w in words))


def _repeats(counts: NDArray[np.int64]) -> bool:
    """Return whether words occur again: a category rather than a name for each row."""
    return bool((counts > 0).sum() <= MAX_DISTINCT * counts.sum())


def _can_be_numbers(levels: Sequence[str], used: NDArray[np.intp], mark: str) -> bool:
    sample = [levels[i] for i in _spread(used, _PROBE).tolist()]
    if mark == "," and not any("," in word for word in sample):
        return False
    found = sum(not np.isnan(parse_number(word, mark)) for word in sample)
    return 2 * found > len(sample)


def numbers_by(column: Strings, mark: str) -> TextReading:
    """Return the words of a column as numbers with that decimal mark, whatever the rest is."""
    return _numbers(column.levels, _counts(column), mark)


def _numbers(levels: Sequence[str], counts: NDArray[np.int64], mark: str) -> TextReading:
    values = np.array([parse_number(level, mark) for level in levels], dtype=np.float64)
    strays, stray = _strays(levels, counts, np.isnan(values))
    bent = (
        level for level, v in zip(levels, values, strict=True) if v == v and not is_plain(level)
    )
    return TextReading(mark, values, strays, stray, next(bent, ""))


def is_plain(level: str) -> bool:
    """Return whether a number is written as a computer writes it."""
    try:
        float(level)
    except ValueError:
        return level.strip().lower() in ("true", "false")
    return True


def as_times(column: Strings) -> TextReading | None:
    """Return how the words of a column are times, None where they are not."""
    counts = _counts(column)
    used = np.flatnonzero(counts)
    probe = [column.levels[i] for i in _spread(used, _PROBE).tolist()]
    fitting = [format_ for format_ in _candidates(probe) if _fits(probe, format_)]
    if not fitting:
        return None
    if len(fitting) > 1:
        many = [column.levels[i] for i in _spread(used, _DECISIVE).tolist()]
        failing = {format_: _failures(many, format_) for format_ in fitting}
        fewest = min(failing.values())
        fitting = [format_ for format_ in fitting if failing[format_] == fewest]
    best = times_by(column, fitting[0], "" if len(fitting) == 1 else fitting[1])
    return best if _mostly(best, counts, best.values == NOT_A_TIME) else None


def times_by(column: Strings, format_: str, also: str = "") -> TextReading:
    """Return the words of a column as times in that format, whatever the rest is."""
    counts = _counts(column)
    values = np.array([moment_of_text(level, format_) for level in column.levels], dtype=np.int64)
    strays, stray = _strays(column.levels, counts, values == NOT_A_TIME)
    return TextReading(format_, values, strays, stray, "", also)


def time_format(levels: Sequence[str]) -> str | None:
    """Return the format in which different words are times, None where they are not."""
    found = as_times(Strings(np.arange(len(levels), dtype=np.int32), list(levels)))
    return None if found is None else found.mark


def _candidates(words: Sequence[str]) -> list[str]:
    """Return the formats that the words might have, judged by some of them."""
    found = dict[str, None]()
    for word in words[:: max(1, len(words) // 10)]:
        found.update(dict.fromkeys(_formats(word.strip())))
    return list(found)


def _formats(word: str) -> Iterator[str]:
    """Give the formats in which one word is a time."""
    if len(word) >= 8 and not word.isdigit() and _parses(word, "iso"):
        yield "iso"
        return
    match = _CLOCK.search(word)
    deadline = "" if match is None else _deadline(match)
    date = word if match is None else word[: match.start()] + word[match.end() :]
    for format_ in DATES:
        if not _parses(date.strip(), format_):
            continue
        if match is not None and match.end() < len(word):  # as in Thu Jan 3 10:13:00 2019
            before = format_.removesuffix(" %Y") if word[match.end() :].strip() else format_
            yield before + deadline + (" %Y" if before != format_ else "")
        elif len(word) >= 6 and (format_ not in DIGITS or match is not None or _is_day(word)):
            yield format_ + deadline


def _is_day(word: str) -> bool:
    """Return whether eight digits are a day of our time; six might be anything."""
    return len(word) == 8 and word.isdigit() and "1900" <= word[:4] <= "2100"


def _deadline(match: re.Match[str]) -> str:
    gap = match["gap"].replace("%", "%%")
    half, zone = match["half"] or "", match["zone"] or ""
    parts = [gap, "%I:%M" if half else "%H:%M"]
    parts.append(":%S" if match["second"] else "")
    parts.append(".%f" if match["fraction"] else "")
    parts.append((" %p" if half[0] == " " else "%p") if half else "")
    space = " " if zone.startswith(" ") else ""
    named = zone.strip() in ("UTC", "GMT")
    parts.append(zone if named else f"{space}%z" if zone else "")
    return "".join(parts)


def _fits(words: Sequence[str], format_: str) -> bool:
    return _failures(words, format_) <= max(STRAY_SHARE * len(words), 1 / FAMILIAR_WORDS)


def _failures(words: Sequence[str], format_: str) -> int:
    return sum(not _parses(word, format_) for word in words)


def _parses(text: str, format_: str) -> bool:
    try:
        return isinstance(time_parser(format_)(text.strip()), datetime)
    except ValueError:
        return False


def _counts(column: Strings) -> NDArray[np.int64]:
    """Return how often each level occurs."""
    return np.bincount(column.indices[column.indices >= 0], minlength=len(column.levels))


def _spread(used: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return at most so many of the levels, from all over."""
    return used[:: max(1, -(-len(used) // most))]


def _strays(
    levels: Sequence[str], counts: NDArray[np.int64], bad: NDArray[np.bool_]
) -> tuple[int, str]:
    """Return how many values are none of their kind, and the most frequent of them."""
    odd = np.where(bad, counts, 0)
    return int(odd.sum()), levels[int(odd.argmax())] if odd.any() else ""


def _mostly(reading: TextReading, counts: NDArray[np.int64], bad: NDArray[np.bool_]) -> bool:
    """Return whether so few words are none of the kind that they may count as missing."""
    words, others = int((bad & (counts > 0)).sum()), int((~bad & (counts > 0)).sum())
    return reading.strays <= STRAY_SHARE * counts.sum() and FAMILIAR_WORDS * words <= others
