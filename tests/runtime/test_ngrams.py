"""Hashed n-grams: stable over time, since a file outlives the process that wrote it."""

from __future__ import annotations

import zlib

from pliant.runtime.ngrams import buckets_of


def bucket(gram: str, n: int) -> int:
    return zlib.crc32(gram.encode()) % n


def test_grams_are_words_pairs_and_four_characters() -> None:
    wanted = {
        bucket(g, 2**15) for g in ("tea", "now", "tea now", "#tea ", "#ea n", "#a no", "# now")
    }
    assert buckets_of("Tea, now!", 2**15).tolist() == sorted(wanted)


def test_the_bucket_of_a_word_is_the_same_in_every_version() -> None:
    assert buckets_of("ab", 2**15).tolist() == [18541]


def test_text_without_words_has_no_buckets() -> None:
    assert buckets_of(" ... \ud800 !", 8).tolist() == []


def test_a_long_text_is_read_up_to_a_limit() -> None:
    text = "word " * 4000
    assert buckets_of(text + "unlike", 2**15).tolist() == buckets_of(text, 2**15).tolist()
