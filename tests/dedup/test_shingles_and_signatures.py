"""Shingles, their hashes, and signatures that datasketch would have made."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from pipeline.dedup.minhash import EMPTY, Sketch, permutations, signatures
from pipeline.dedup.sha1 import MOST_CHARACTERS
from pipeline.dedup.shingles import (
    Tokens,
    hash64,
    hashfunc,
    shingle_sets,
    shingles,
    shingling,
    window_hashes,
    word_hashfunc,
    workspace,
)
from pipeline.dedup.texts import Texts, as_strings, texts_of
from pipeline.errors import InputError

filled_texts = st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=8)
spaced_texts = st.lists(st.text("ab é年_1-. ", max_size=40), min_size=1, max_size=8)
ngrams = st.integers(1, 8)
compiled = settings(deadline=None)  # what is compiled takes seconds the first time


def in_reading_order(texts: Texts, row: int, tokens: Tokens) -> list[int]:
    how = shingling(tokens)
    start, end = texts.offsets[row], texts.offsets[row + 1]
    points, hashes = workspace(int(end - start))
    count = window_hashes(texts.data, start, end, how.ngram, how.factors, how.in_word, points, hashes)
    return list(map(int, hashes[:count]))


def test_shingles_are_character_ngrams() -> None:
    assert shingles("年终工作总结") == {"年终工作总", "终工作总结"}


def test_shingles_of_words_are_word_ngrams() -> None:
    assert shingles("Well done, team: well   done!", Tokens(2, "words")) == {
        "Well done",
        "done team",
        "team well",
        "well done",
    }


def test_text_shorter_than_an_ngram_is_one_shingle() -> None:
    assert shingles("总结") == {"总结"}
    assert shingles("one, two", Tokens(5, "words")) == {"one two"}


def test_text_without_a_token_has_no_shingle() -> None:
    assert shingles("") == set()
    assert shingles("… — !", Tokens(5, "words")) == set()


@compiled
@given(filled_texts, ngrams)
def test_compiled_hashes_are_those_of_the_shingles(texts: list[str], ngram: int) -> None:
    tokens = Tokens(ngram)
    assert [found.tolist() for found in shingle_sets(texts_of(texts), tokens)] == [
        sorted({hash64(shingle) for shingle in shingles(text, tokens)}) for text in texts
    ]


@compiled
@given(spaced_texts, st.integers(1, 4))
def test_compiled_hashes_of_words_are_those_of_the_shingles(texts: list[str], ngram: int) -> None:
    tokens = Tokens(ngram, "words")
    assert [found.tolist() for found in shingle_sets(texts_of(texts), tokens)] == [
        sorted({hash64(shingle, "words") for shingle in shingles(text, tokens)}) for text in texts
    ]


@compiled
@given(filled_texts, ngrams)
def test_windows_keep_repetitions_in_reading_order(texts: list[str], ngram: int) -> None:
    whole = texts_of(texts)
    for row, text in enumerate(texts):
        windows = [text[start : start + ngram] for start in range(max(len(text) - ngram + 1, 1))]
        assert in_reading_order(whole, row, Tokens(ngram)) == [hash64(window) for window in windows]


def test_a_slice_of_a_longer_array_hashes_like_its_own_copy() -> None:
    whole = as_strings(["前面的句子", "中间这一句话", "后面的"])
    part = texts_of(whole[1:2])
    assert in_reading_order(part, 0, Tokens()) == [hash64("中间这一句"), hash64("间这一句话")]
    assert part.text(0) == "中间这一句话"


@given(st.text(max_size=4), st.text(max_size=4))
def test_short_shingles_of_different_text_differ(left: str, right: str) -> None:
    assert (hash64(left) == hash64(right)) == (left == right)


@compiled
@given(filled_texts, ngrams, st.integers(1, 40))
def test_signatures_are_bit_identical_to_datasketch(texts: list[str], ngram: int, num_perm: int) -> None:
    tokens = Tokens(ngram)
    ours = signatures(texts_of(texts), np.arange(len(texts)), Sketch(tokens, num_perm))
    for text, signature in zip(texts, ours, strict=True):
        theirs = MinHash(num_perm=num_perm, hashfunc=hashfunc)
        theirs.update_batch(shingles(text, tokens))
        assert_array_equal(signature, theirs.hashvalues)


@compiled
@given(filled_texts, st.integers(1, MOST_CHARACTERS))
def test_sha1_signatures_are_those_of_a_plain_minhash(texts: list[str], ngram: int) -> None:
    tokens = Tokens(ngram)
    ours = signatures(texts_of(texts), np.arange(len(texts)), Sketch(tokens, hash="sha1"))
    for text, signature in zip(texts, ours, strict=True):
        theirs = MinHash()
        theirs.update_batch([shingle.encode() for shingle in shingles(text, tokens)])
        assert_array_equal(signature, theirs.hashvalues)


@compiled
@given(spaced_texts)
def test_signatures_of_words_are_bit_identical_to_datasketch(texts: list[str]) -> None:
    tokens = Tokens(2, "words")
    ours = signatures(texts_of(texts), np.arange(len(texts)), Sketch(tokens, 20))
    for text, signature in zip(texts, ours, strict=True):
        theirs = MinHash(num_perm=20, hashfunc=word_hashfunc)
        words = shingles(text, tokens)
        if words:
            theirs.update_batch(words)
        assert_array_equal(signature, theirs.hashvalues)
        assert (signature == EMPTY).all() == (not words)


def test_other_seeds_are_those_of_datasketch() -> None:
    ours = signatures(texts_of(["年终工作总结"]), np.arange(1), Sketch(seed=7))
    theirs = MinHash(seed=7, hashfunc=hashfunc)
    theirs.update_batch(shingles("年终工作总结"))
    assert_array_equal(ours[0], theirs.hashvalues)


@pytest.mark.parametrize(("num_perm", "seed"), [(128, 1), (128, 2), (100, 1)])
def test_permutations_are_those_of_datasketch(num_perm: int, seed: int) -> None:
    assert_array_equal(permutations(num_perm, seed), MinHash(num_perm=num_perm, seed=seed).permutations)


def test_long_texts_and_chosen_rows() -> None:
    texts = [chr(0x4E00 + number) * 3 + "总结计划心得体会" * (20_000 + number) for number in range(4)]
    ours = signatures(texts_of(texts), np.array([2, 0]), Sketch(num_perm=16))
    for row in (0, 2):
        theirs = MinHash(num_perm=16, hashfunc=hashfunc)
        theirs.update_batch(shingles(texts[row]))
        assert_array_equal(ours[row], theirs.hashvalues)


def test_any_number_of_workers_gives_the_same_signatures() -> None:
    texts = texts_of([f"第{number}篇总结，内容各不相同。" for number in range(10_000)])
    one, many = (signatures(texts, np.arange(10_000), Sketch(), workers=count) for count in (1, 4))
    assert_array_equal(one, many)


def test_datasketch_reads_our_signatures_back() -> None:
    texts = texts_of(["一年来的工作总结如下，请领导指正。", "一年来的工作总结如下，请领导批评指正。"])
    left, right = signatures(texts, np.arange(2), Sketch(num_perm=256))
    read = [MinHash(hashvalues=values, scheme="affine32") for values in (left, right)]
    assert read[0].jaccard(read[1]) == np.mean(left == right)


def test_without_a_writable_cache_it_still_runs(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(
        "from pipeline.dedup.jit import compiled\n\n\n@compiled\ndef double(value):\n    return 2 * value\n"
    )
    (tmp_path / "nowhere").write_text("a file where the cache folder should be")
    probe = "import kernel; print(kernel.double(21), type(kernel.double._cache).__name__)"
    done = subprocess.run(
        [sys.executable, "-B", "-c", probe],
        cwd=tmp_path,
        env={
            "PYTHONPATH": f"{Path(__file__).parents[2]}:{tmp_path}",
            "NUMBA_CACHE_DIR": str(tmp_path / "nowhere"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.fullmatch(r"42 \w+", done.stdout.strip()), done.stderr


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
    assert as_strings(column).to_pylist() == ["甲", "", "乙"]


@pytest.mark.parametrize("column", [pa.array([1, 2]), pa.array([b"x"]), ["\ud800"], [1]])
def test_anything_else_is_refused(column: pa.Array | list[str | None]) -> None:
    with pytest.raises(InputError, match="texts must be strings"):
        as_strings(column)
