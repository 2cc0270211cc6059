"""Hashed n-grams: stable over time, since a file outlives the process that wrote it."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.runtime import ngrams
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.ngrams import MAX_BUCKETS, Grams, all_buckets, buckets_of


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


TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="ab é漢😀_. \t\x00\u0301\ud800İß", max_size=60),
    ),
    max_size=12,
)


@given(texts=TEXTS, n_buckets=st.sampled_from([1, 7, 64, 1000, 2**15, MAX_BUCKETS]))
def test_the_kernel_finds_the_buckets_that_python_says(texts: list[str], n_buckets: int) -> None:
    found, counts = all_buckets(texts, n_buckets)
    parts = np.split(np.frombuffer(found, dtype=np.uint16), np.cumsum(counts)[:-1])
    for text, part in zip(texts, parts, strict=False):
        assert part.tolist() == buckets_of(text, n_buckets).tolist()
    assert len(counts) == len(texts)


@given(texts=TEXTS, n_outputs=st.sampled_from([1, 3]))
def test_scores_are_means_of_weights(texts: list[str], n_outputs: int) -> None:
    grams = Grams.of(texts, np.arange(len(texts)), 512)
    weights = np.random.default_rng(0).normal(size=(512, n_outputs)).astype(np.float32)
    indices = np.array([*range(len(texts)), -1], dtype=np.int32)
    scores = grams.scores(indices, weights)
    assert np.isnan(scores[-1]).all()
    for i, text in enumerate(texts):
        buckets = buckets_of(text, 512)
        expected = weights[buckets].sum(axis=0, dtype=np.float64) / max(1.0, len(buckets) ** 0.5)
        np.testing.assert_allclose(scores[i], expected, rtol=1e-12, atol=1e-12)


def test_many_texts_are_hashed_and_scored_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"text number {i} of {i % 7}" for i in range(60)]
    used, indices = np.arange(0, 60, 2), np.arange(0, 60, 2, dtype=np.int32)
    weights = np.random.default_rng(0).normal(size=(512, 2)).astype(np.float32)
    whole = Grams.of(texts, used, 512)
    assert [len(whole[i]) > 0 for i in range(60)] == [i % 2 == 0 for i in range(60)]
    monkeypatch.setattr(ngrams, "TOGETHER", 7)
    monkeypatch.setattr(ngrams, "CELLS", 40)
    parts = Grams.of(texts, used, 512)
    assert np.array_equal(parts.buckets, whole.buckets)
    assert np.array_equal(parts.starts, whole.starts)
    monkeypatch.undo()
    assert np.array_equal(parts.scores(indices, weights), whole.scores(indices, weights))


@pytest.mark.skipif(not HAVE_KERNEL, reason="no compiled kernel here")
@pytest.mark.parametrize(
    ("texts", "n_buckets", "counts", "said"),
    [
        (["a"], 8, np.zeros(1, np.int64), "a tuple of texts"),
        (("a",), 0, np.zeros(1, np.int64), "from 1 to 65536"),
        (("a",), 65537, np.zeros(1, np.int64), "from 1 to 65536"),
        (("a",), 8, np.zeros(2, np.int64), "a count for each text"),
        (("a",), 8, np.zeros(1, np.int32), "counts as a C-contiguous"),
    ],
)
def test_the_kernel_refuses_what_does_not_fit(
    texts: object, n_buckets: int, counts: object, said: str
) -> None:
    from pliant.runtime import _kernel

    with pytest.raises(ValueError, match=said):
        _kernel.gram_buckets(texts, n_buckets, counts)  # type: ignore[arg-type]
    with pytest.raises((TypeError, UnicodeError)):
        _kernel.gram_buckets((1,), 8, np.zeros(1, np.int64))  # type: ignore[arg-type]
    with pytest.raises(UnicodeError):
        _kernel.gram_buckets(("\ud800",), 8, np.zeros(1, np.int64))
