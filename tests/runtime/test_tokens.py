"""Tokens: words, punctuation, and characters of scripts without spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.runtime.tokens import MAX_CHARACTERS, is_unspaced, mean_words, tokens_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Tea, now!", ["tea", ",", "now", "!"]),
        ("ÉTÉ Straße", ["été", "straße"]),
        ("e\u0301te\u0301", ["été"]),
        ("ＡＢＣ房间", ["abc", "房", "间"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("part2一a", ["part2", "一", "a"]),
        ("😀 ok\x00\ud800", ["😀", "ok", "\x00"]),
        (" \t", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokens_of(text) == tokens


def test_a_long_text_is_read_up_to_a_limit() -> None:
    assert len(tokens_of("a " * MAX_CHARACTERS)) == MAX_CHARACTERS // 2


@given(st.text(max_size=60))
def test_tokens_have_no_spaces_and_can_be_encoded(text: str) -> None:
    for token in tokens_of(text):
        assert token.encode()
        assert len(token.split()) == 1
        assert len(token) == 1 or not any(map(is_unspaced, token))


def test_words_are_counted_in_every_script() -> None:
    assert mean_words(["one two", "一二三四"]) == 2.0
    assert mean_words([]) == 0.0
