"""Free text is recognised by its words, in scripts with spaces and without."""

from __future__ import annotations

import pytest

from pliant.data.kinds.text import is_text

NUMBERS = range(60)


@pytest.mark.parametrize(
    "texts",
    [
        [f"some room number {n}" for n in NUMBERS],
        [f"房间很小号码{n}早餐也不好" for n in NUMBERS],
        [f"部屋はとても狭い{n}" for n in NUMBERS],
        [f"ห้องเล็กมาก{n}" for n in NUMBERS],
        [f"the room 房间 is 很小 {n}" for n in NUMBERS],
    ],
)
def test_many_values_of_several_words_are_text(texts: list[str]) -> None:
    assert is_text(texts)
    assert not is_text(texts[:50])


@pytest.mark.parametrize(
    "names",
    [
        [f"room {n}" for n in NUMBERS],
        [f"王小{chr(0x4E00 + n)}" for n in NUMBERS],
        [f"naïve{n}" for n in NUMBERS],
        ["" for _ in NUMBERS],
    ],
)
def test_names_are_no_text(names: list[str]) -> None:
    assert not is_text(names)
