"""Shingles, their hashes, and signatures that datasketch would have made."""

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from pipeline.dedup.minhash import signatures
from pipeline.dedup.shingles import as_texts, hash64, hashfunc, shingle_sets, shingles, window_hashes
from pipeline.errors import InputError

filled_texts = st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=8)
ngrams = st.integers(1, 8)


def test_shingles_are_character_ngrams() -> None:
    assert shingles("年终工作总结", 5) == {"年终工作总", "终工作总结"}


def test_text_shorter_than_an_ngram_is_one_shingle() -> None:
    assert shingles("总结", 5) == {"总结"}


def test_empty_text_has_no_shingle() -> None:
    assert shingles("", 5) == set()


@given(filled_texts, ngrams)
def test_vectorised_hashes_are_those_of_the_shingles(texts: list[str], ngram: int) -> None:
    sets = shingle_sets(as_texts(texts), ngram)
    assert [found.tolist() for found in sets] == [
        sorted({hash64(shingle) for shingle in shingles(text, ngram)}) for text in texts
    ]


@given(filled_texts, ngrams)
def test_windows_keep_repetitions_in_reading_order(texts: list[str], ngram: int) -> None:
    hashes, offsets = window_hashes(as_texts(texts), ngram)
    for number, text in enumerate(texts):
        windows = [text[start : start + ngram] for start in range(max(len(text) - ngram + 1, 1))]
        assert hashes[offsets[number] : offsets[number + 1]].tolist() == [
            hash64(window) for window in windows
        ]


def test_a_slice_of_a_longer_array_hashes_like_its_own_copy() -> None:
    whole = as_texts(["前面的句子", "中间这一句话", "后面的"])
    found, _ = window_hashes(whole[1:2], 5)
    assert found.tolist() == [hash64("中间这一句"), hash64("间这一句话")]


@given(st.text(max_size=4), st.text(max_size=4))
def test_short_shingles_of_different_text_differ(left: str, right: str) -> None:
    assert (hash64(left) == hash64(right)) == (left == right)


@given(filled_texts, ngrams, st.integers(1, 40))
def test_signatures_are_bit_identical_to_datasketch(texts: list[str], ngram: int, num_perm: int) -> None:
    ours = signatures(as_texts(texts), np.arange(len(texts)), ngram=ngram, num_perm=num_perm)
    for text, signature in zip(texts, ours, strict=True):
        theirs = MinHash(num_perm=num_perm, hashfunc=hashfunc)
        theirs.update_batch(shingles(text, ngram))
        assert_array_equal(signature, theirs.hashvalues)


def test_long_texts_span_several_chunks() -> None:
    texts = [chr(0x4E00 + number) * 3 + "总结计划心得体会" * (20_000 + number) for number in range(4)]
    rows = np.array([2, 0, 3, 1])
    ours = signatures(as_texts(texts), rows, ngram=5, num_perm=16)
    for row, signature in zip(rows, ours, strict=True):
        theirs = MinHash(num_perm=16, hashfunc=hashfunc)
        theirs.update_batch(shingles(texts[row], 5))
        assert_array_equal(signature, theirs.hashvalues)


def test_datasketch_reads_our_signatures_back() -> None:
    texts = as_texts(["一年来的工作总结如下，请领导指正。", "一年来的工作总结如下，请领导批评指正。"])
    left, right = signatures(texts, np.arange(2), ngram=5, num_perm=256)
    read = [MinHash(hashvalues=values, scheme="affine32") for values in (left, right)]
    assert read[0].jaccard(read[1]) == np.mean(left == right)


@pytest.mark.parametrize(
    "column",
    [
        ["甲", None, "乙"],
        pa.chunked_array([["甲", None], ["乙"]]),
        pa.array(["甲", None, "乙"]).dictionary_encode(),
        pa.array(["甲", None, "乙"], pa.string_view()),
    ],
)
def test_any_kind_of_strings_becomes_one_array(column: pa.Array | list[str | None]) -> None:
    assert as_texts(column).to_pylist() == ["甲", "", "乙"]


@pytest.mark.parametrize("column", [pa.array([1, 2]), pa.array([b"x"]), ["\ud800"], [1]])
def test_anything_else_is_refused(column: pa.Array | list[str | None]) -> None:
    with pytest.raises(InputError, match="texts must be strings"):
        as_texts(column)
