"""The index of kept documents, held against brute force and against whatever may befall its files."""

import functools
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from pipeline.dedup.exact import content_digests
from pipeline.dedup.index import lookup, merge
from pipeline.dedup.index.index import Index, Matches
from pipeline.dedup.index.keys import differing, packed
from pipeline.dedup.index.manifest import NAME
from pipeline.dedup.index.parameters import Parameters
from pipeline.dedup.minhash import Sketch, signatures
from pipeline.dedup.shingles import Tokens, shingles
from pipeline.dedup.texts import texts_of
from pipeline.errors import InputError, LockedError, OutputError

HAN = [chr(point) for point in range(0x4E00, 0x4E00 + 600)]
PARAMETERS = Parameters(0.8, Sketch(), bands=42, rows=3)
Answer = list[tuple[int, int, str, str, float]]

shingle_set = functools.cache(shingles)


@functools.cache
def jaccard(left: str, right: str) -> float:
    one, other = shingle_set(left, Tokens()), shingle_set(right, Tokens())
    return len(one & other) / len(one | other) if one and other else 0.0


def invented(chance: random.Random, length: int = 120) -> str:
    return "".join(chance.choices(HAN, k=length))


def changed(chance: random.Random, text: str, edits: int) -> str:
    characters = list(text)
    for _ in range(edits):
        characters[chance.randrange(len(characters))] = chance.choice(HAN)
    return "".join(characters)


def add(index: Index, run: str, texts: Sequence[str], ids: Sequence[str] | None = None) -> None:
    every = texts_of(texts)
    rows = np.arange(len(texts))
    signed = signatures(every, rows, PARAMETERS.sketch)
    names = [f"{run}/{row}" for row in rows] if ids is None else ids
    index.add(run, every, content_digests(every), signed, rows, names)


def ask(index: Index, texts: Sequence[str]) -> Matches:
    every = texts_of(texts)
    rows = np.arange(len(texts))
    return index.matches(every, content_digests(every), signatures(every, rows, PARAMETERS.sketch), rows)


def answer(matches: Matches) -> Answer:
    columns = (
        matches.row.tolist(),
        matches.ordinal.tolist(),
        matches.run,
        matches.id,
        matches.jaccard.tolist(),
    )
    return list(zip(*columns, strict=True))


def build(folder: Path, batches: Sequence[Sequence[str]]) -> Index:
    index = Index.open(folder, PARAMETERS)
    with index.writing():
        for number, batch in enumerate(batches):
            add(index, f"run {number}", batch)
    return index


def expected(batches: Sequence[Sequence[str]], queries: Sequence[str]) -> Answer:
    """By definition: the earliest identical text, or else the earliest similar one."""
    kept = [
        (f"run {number}", f"run {number}/{row}", text)
        for number, batch in enumerate(batches)
        for row, text in enumerate(batch)
    ]
    found: Answer = []
    for row, query in enumerate(queries):
        shares = [jaccard(query, text) for _, _, text in kept]
        identical = (ordinal for ordinal, (_, _, text) in enumerate(kept) if query and text == query)
        near = (ordinal for ordinal, share in enumerate(shares) if share >= PARAMETERS.threshold)
        ordinal = next(identical, next(near, None))
        if ordinal is not None:
            run, name, _ = kept[ordinal]
            found.append((row, ordinal, run, name, shares[ordinal]))
    return found


@functools.cache
def families(seed: int, runs: int = 9) -> tuple[list[list[str]], list[str]]:
    """Runs, in which alike texts occur more than once, and a batch of which half is like one of theirs."""
    chance = random.Random(seed)
    originals = [invented(chance) for _ in range(60)]
    batches = [
        [
            changed(chance, chance.choice(originals), chance.randint(0, 5))
            for _ in range(chance.randint(1, 30))
        ]
        for _ in range(runs)
    ]
    known = [text for batch in batches for text in batch]
    queries = [changed(chance, chance.choice(known), chance.randint(0, 5)) for _ in range(80)]
    queries += [invented(chance) for _ in range(40)] + chance.sample(known, 20)
    chance.shuffle(queries)
    return batches, queries


@pytest.fixture(params=[2, 3, 1000], ids=lambda fanout: f"fanout {fanout}")
def fanout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    value: int = request.param
    monkeypatch.setattr(merge, "FANOUT", value)
    return value


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.segment"))


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_those_of_brute_force_merged_or_not(tmp_path: Path, fanout: int, seed: int) -> None:
    batches, queries = families(seed)
    build(tmp_path, batches)
    index = Index.open(tmp_path, PARAMETERS)
    found = answer(ask(index, queries))
    assert found == expected(batches, queries)
    assert len(found) > 40
    assert index.documents == sum(map(len, batches))
    index.check()
    assert len(segments(tmp_path)) == (len(batches) if fanout == 1000 else {2: 1, 3: 1}[fanout])


def test_hot_buckets_are_walked_in_portions_without_losing_a_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)
    template = invented(chance, 200)
    batches = [[changed(chance, template, 12) for _ in range(150)] for _ in range(3)]
    queries = [changed(chance, template, 12) for _ in range(40)]
    queries += [changed(chance, chance.choice(batches[2]), 2) for _ in range(40)]
    index = build(tmp_path, batches)
    whole = ask(index, queries)
    assert answer(whole) == expected(batches, queries)
    assert whole.candidates > 5000
    monkeypatch.setattr(lookup, "_STEP", 2)
    monkeypatch.setattr(lookup, "_PORTION", 50)
    monkeypatch.setattr(lookup, "_FETCH_TEXTS", 3)
    assert answer(ask(index, queries)) == answer(whole)


def test_the_earliest_of_several_matches_is_told_with_its_run_and_id(tmp_path: Path) -> None:
    chance = random.Random(1)
    text, other = invented(chance), invented(chance)
    near = changed(chance, text, 1)
    index = Index.open(tmp_path / "new" / "index", PARAMETERS)
    with index.writing():
        add(index, "Montag", [other], ["ä"])
        add(index, "nothing new", [])
        add(index, "星期二", [invented(chance), near], ["x", "编号 \N{PILE OF POO}\n\0"])
        add(index, "later", [near, text], ["late", "identical"])
    found = ask(index, [changed(chance, near, 1), text, other, invented(chance)])
    assert found.run == ["星期二", "later", "Montag"]
    assert found.id == ["编号 \N{PILE OF POO}\n\0", "identical", "ä"]
    assert found.row.tolist() == [0, 1, 2]
    assert found.ordinal.tolist() == [2, 4, 0]
    assert found.jaccard[1:].tolist() == [1, 1]


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "absent", PARAMETERS)
    assert answer(ask(index, ["some text that is long enough"])) == []
    assert (index.documents, list(index.runs)) == (0, [])
    assert not (tmp_path / "absent").exists()
    index = build(tmp_path / "absent", [["some text that is long enough"]])
    assert answer(ask(index, [])) == []


def test_texts_shorter_than_an_ngram_match_only_themselves(tmp_path: Path) -> None:
    index = build(tmp_path, [["好", "好的", "abcd", "b"]])
    assert [(row, ordinal) for row, ordinal, *_ in answer(ask(index, ["abc", "b", "好的", "好好"]))] == [
        (1, 3),
        (2, 1),
    ]


def test_texts_without_a_token_match_nothing_and_are_not_kept(tmp_path: Path) -> None:
    words = Parameters(0.8, Sketch(Tokens(3, "words")), bands=42, rows=3)
    every = texts_of(["", "!?", "one two three four", "。"])
    rows = np.arange(4)
    batch = (every, content_digests(every), signatures(every, rows, words.sketch), rows)
    index = Index.open(tmp_path, words)
    with index.writing():
        index.add("run", *batch, ["a", "b", "c", "d"])
    found = Index.open(tmp_path, words).matches(*batch)
    assert (found.row.tolist(), found.id, index.documents) == ([2], ["c"], 1)


def test_rows_are_kept_in_the_order_given_and_others_are_not(tmp_path: Path) -> None:
    chance = random.Random(2)
    texts = [invented(chance) for _ in range(6)]
    every, rows = texts_of(texts), np.array([4, 1, 3])
    signed = signatures(every, np.arange(6), PARAMETERS.sketch)
    index = Index.open(tmp_path, PARAMETERS)
    with index.writing():
        index.add("run", every, content_digests(every), signed, rows, list("abcdef"))
    found = index.matches(every, content_digests(every), signed, np.array([5, 4, 3, 0]))
    assert (found.row.tolist(), found.ordinal.tolist(), found.id) == ([3, 4], [2, 0], ["d", "e"])


def test_a_document_takes_at_most_260_bytes_beside_its_text_and_id(tmp_path: Path) -> None:
    parameters = Parameters(0.8, Sketch(), bands=21, rows=6)
    chance = random.Random(3)
    every, rows = texts_of([invented(chance) for _ in range(1000)]), np.arange(1000)
    index = Index.open(tmp_path, parameters)
    with index.writing():
        signed = signatures(every, rows, parameters.sketch)
        index.add("run", every, content_digests(every), signed, rows, [f"{row:08d}" for row in rows])
    sizes = index.sizes()
    assert sizes["ids"] == 8000
    of_texts_and_ids = sizes["texts"] + sizes["ids"] + sizes["id_offsets"]
    assert (sum(sizes.values()) - of_texts_and_ids) / 1000 < 230
    on_disk = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert 0 <= on_disk - sum(sizes.values()) < 64


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (Parameters(0.7, Sketch(), 42, 3), "threshold 0.8 (now 0.7)"),
        (Parameters(0.8, Sketch(), 21, 6), "bands 42 (now 21), rows 3 (now 6)"),
        (
            Parameters(0.8, Sketch(Tokens(3, "words")), 42, 3),
            "ngram 5 (now 3), kind 'characters' (now 'words')",
        ),
        (Parameters(0.8, Sketch(), 42, 3, mask="zh"), "mask '' (now 'zh')"),
        (
            Parameters(0.8, Sketch(Tokens(), 256, 9, "sha1"), 42, 3),
            "num_perm 128 (now 256), seed 1 (now 9), hash 'multilinear' (now 'sha1')",
        ),
    ],
)
def test_an_index_of_other_parameters_is_refused(tmp_path: Path, other: Parameters, said: str) -> None:
    early = Index.open(tmp_path, other)
    build(tmp_path, [["some text"]])
    for refused in (lambda: Index.open(tmp_path, other), early.writing().__enter__):
        with pytest.raises(InputError) as error:
            refused()
        assert str(error.value) == f"{tmp_path}: index of other parameters: {said}"


@pytest.mark.parametrize(("threshold", "bands", "rows"), [(0, 1, 1), (1.1, 1, 1), (0.8, 21, 7), (0.8, 0, 1)])
def test_impossible_parameters(threshold: float, bands: int, rows: int) -> None:
    with pytest.raises(ValueError, match=r"threshold|do not fit"):
        Parameters(threshold, Sketch(), bands, rows)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").touch()
    index = Index(tmp_path, Index.open(tmp_path / "absent", PARAMETERS)._manifest, [])
    for refused in (lambda: Index.open(tmp_path, PARAMETERS), index.writing().__enter__):
        with pytest.raises(OutputError, match=r"something else than an index: thesis\.docx"):
            refused()
    with pytest.raises(OutputError, match="not a folder"):
        Index.open(tmp_path / "thesis.docx", PARAMETERS)
    (tmp_path / "thesis.docx").rename(tmp_path / NAME)
    (tmp_path / NAME).write_text('{"format": "parcel"}')
    with pytest.raises(OutputError, match="something else than an index"):
        Index.open(tmp_path, PARAMETERS)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_one_writes_at_a_time_and_sees_what_the_other_has_added(tmp_path: Path) -> None:
    one, other = Index.open(tmp_path, PARAMETERS), Index.open(tmp_path, PARAMETERS)
    with one.writing():
        with pytest.raises(LockedError), other.writing():
            pass
        add(one, "first", ["a text of one"])
        assert Index.open(tmp_path, PARAMETERS).documents == 1
    with other.writing():
        add(other, "second", ["a text of the other"])
    assert list(other.runs) == ["first", "second"]
    assert (one.has_run("first"), one.has_run("second")) == (True, False)
    with pytest.raises(ValueError, match="held for writing"):
        add(other, "third", ["a text"])


def test_a_run_is_added_once(tmp_path: Path) -> None:
    index = build(tmp_path, [["a text"], []])
    assert index.has_run("run 1")
    with index.writing(), pytest.raises(InputError, match="run run 1 has been added before"):
        add(index, "run 1", ["another text"])
    every = texts_of(["a", "b"])
    signed = signatures(every, np.arange(2), PARAMETERS.sketch)
    with index.writing(), pytest.raises(ValueError, match="one value a row"):
        index.add("new", every, content_digests(every), signed, np.arange(2), ["a"])
    with index.writing(), pytest.raises(InputError, match="valid Unicode"):
        add(index, "new", ["a"], ["\ud800"])
    assert index.documents == 1


def test_a_reader_keeps_its_version_after_its_files_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches, queries = families(1)
    early = build(tmp_path, batches[:3])
    before, files = answer(ask(early, queries)), segments(tmp_path)
    monkeypatch.setattr(merge, "FANOUT", 2)
    index = Index.open(tmp_path, PARAMETERS)
    with index.writing():
        add(index, "run 3", batches[3])
    assert not any(path.exists() for path in files)
    assert answer(ask(early, queries)) == before
    assert len(answer(ask(index, queries))) > len(before)


READER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_index as t
batches, queries = t.families(4, 20)
versions = [t.expected(batches[:runs], queries) for runs in range(21)]
print("ready", flush=True)
seen = set()
while 20 not in seen:
    index = t.Index.open(Path(sys.argv[1]), t.PARAMETERS)
    runs = len(index.runs)
    assert index.documents == sum(map(len, batches[:runs])), (runs, index.documents)
    assert t.answer(t.ask(index, queries)) == versions[runs], runs
    seen.add(runs)
print(len(seen))
"""


def test_readers_see_whole_versions_while_others_are_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "FANOUT", 2)
    batches, _ = families(4, 20)
    command = [sys.executable, "-c", READER, str(tmp_path), str(Path(__file__).parent)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    with reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        index = Index.open(tmp_path, PARAMETERS)
        for number, batch in enumerate(batches):
            with index.writing():
                add(index, f"run {number}", batch)
        assert int(reader.stdout.read()) >= 2
    assert reader.returncode == 0


def test_a_segment_merged_away_while_an_index_is_opened_is_looked_for_in_the_next_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches, queries = families(0)
    build(tmp_path, batches[:1])
    manifest = (tmp_path / NAME).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(merge, "FANOUT", 2)
        with (index := Index.open(tmp_path, PARAMETERS)).writing():
            add(index, "run 1", batches[1])
    present, read = (tmp_path / NAME).read_bytes(), Path.read_bytes
    versions = iter([manifest, present])
    monkeypatch.setattr(Path, "read_bytes", lambda path: next(versions) if path.name == NAME else read(path))
    index = Index.open(tmp_path, PARAMETERS)
    monkeypatch.undo()
    assert answer(ask(index, queries)) == expected(batches[:2], queries)


def fail_at(count: int, function: Callable[..., object]) -> Callable[..., object]:
    """A function that fails when it is called for the given time, counted from 0."""
    calls = itertools.count()

    def called(*values: object) -> object:
        if next(calls) == count:
            raise OSError(28, "No space left on device")
        return function(*values)

    return called


@pytest.mark.parametrize("name", ["replace", "fsync"])
def test_a_write_that_fails_leaves_a_whole_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(merge, "FANOUT", 2)
    batches, queries = families(2)
    answers = {count: expected(batches[:count], queries) for count in (3, 4)}
    build(tmp_path / "sound", batches[:3])
    for count in itertools.count():
        folder = tmp_path / str(count)
        shutil.copytree(tmp_path / "sound", folder)
        index = Index.open(folder, PARAMETERS)
        with monkeypatch.context() as patch, index.writing():
            patch.setattr(os, name, fail_at(count, getattr(os, name)))
            failed = False
            try:
                add(index, "run 3", batches[3])
            except OutputError as error:
                failed = True
                assert "No space left on device" in str(error)  # noqa: PT017 - it need not be raised
        runs = 3 + Index.open(folder, PARAMETERS).has_run("run 3")
        assert answer(ask(Index.open(folder, PARAMETERS), queries)) == answers[runs]
        if not failed:
            break
        with index.writing():
            pass
        assert len(segments(folder)) == len(index._segments)
        assert not list(folder.glob(".*"))
    assert count >= 4
    assert runs == 4


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_index as t
t.merge.FANOUT = 2
batches, _ = t.families(2)
index, replace, calls = t.Index.open(Path(sys.argv[1]), t.PARAMETERS), os.replace, []
def killed(*names):
    calls.append(names)
    if len(calls) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*names)
os.replace = killed
with index.writing():
    t.add(index, "run 3", batches[3])
"""


@pytest.mark.parametrize(("call", "runs"), [(1, 3), (2, 3), (3, 4), (4, 4)])
def test_a_writer_that_is_killed_leaves_a_whole_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int, runs: int
) -> None:
    monkeypatch.setattr(merge, "FANOUT", 2)
    batches, queries = families(2)
    build(tmp_path, batches[:3])
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parent), str(call)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run(command, env=environment, check=False).returncode == -9
    assert list(tmp_path.glob(".*.tmp"))
    index = Index.open(tmp_path, PARAMETERS)
    assert len(index.runs) == runs
    assert answer(ask(index, queries)) == expected(batches[:runs], queries)
    with index.writing():
        assert not list(tmp_path.glob(".*"))
        assert len(segments(tmp_path)) == len(index._segments)
        add(index, "run 9", batches[4])
    assert len(segments(tmp_path)) == 1


@pytest.fixture
def sound(tmp_path: Path) -> tuple[Path, Path]:
    """An index, and its only segment."""
    build(tmp_path, [families(0)[0][0]])
    (segment,) = segments(tmp_path)
    return tmp_path, segment


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


@pytest.mark.parametrize("size", [0, 5, -1, -9])
def test_a_segment_cut_short_is_told(sound: tuple[Path, Path], size: int) -> None:
    folder, segment = sound
    segment.write_bytes(segment.read_bytes()[:size])
    with pytest.raises(InputError, match=f"{segment}: damaged: "):
        Index.open(folder, PARAMETERS)


def test_a_segment_that_is_missing_or_another_file_is_told(sound: tuple[Path, Path]) -> None:
    folder, segment = sound
    segment.write_bytes(bytes(segment.stat().st_size))
    with pytest.raises(InputError, match="not a segment"):
        Index.open(folder, PARAMETERS)
    segment.unlink()
    with pytest.raises(InputError, match=f"{segment}: damaged: it is missing"):
        Index.open(folder, PARAMETERS)
    segment.mkdir()
    with pytest.raises(InputError, match=f"{segment}"):
        Index.open(folder, PARAMETERS)


def test_a_damaged_part_is_told_where_it_is_read(sound: tuple[Path, Path]) -> None:
    folder, segment = sound
    texts = families(0)[0][0]
    data, parts = segment.read_bytes(), Index.open(folder, PARAMETERS)._segments[0].parts
    for part in ("texts", "text_offsets", "id_offsets"):
        middle = parts[part].start + parts[part].size // 2 // 8 * 8 + 6
        segment.write_bytes(flipped(data, middle))
        with pytest.raises(InputError, match=f"{segment}: damaged: "):
            ask(Index.open(folder, PARAMETERS), texts)
    segment.write_bytes(flipped(data, parts["ids"].start))
    ask(Index.open(folder, PARAMETERS), texts)
    segment.write_bytes(flipped(flipped(data, parts["ids"].start), parts["ids"].start + 1))
    entries = np.frombuffer(data[parts["entries"].start : parts["entries"].stop], np.uint64) | np.uint64(
        0xFFFF
    )
    segment.write_bytes(data[: parts["entries"].start] + entries.tobytes() + data[parts["entries"].stop :])
    with pytest.raises(InputError, match="an ordinal is out of range"):
        ask(Index.open(folder, PARAMETERS), texts)


def test_a_damaged_segment_is_never_merged(sound: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, segment = sound
    monkeypatch.setattr(merge, "FANOUT", 2)
    data = segment.read_bytes()
    for at in random.Random(1).sample(range(8, len(data)), 20):
        copy = folder / f"copy {at}"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("copy*"))
        (copy / segment.name).write_bytes(flipped(data, at))
        index = Index.open(copy, PARAMETERS)
        with pytest.raises(InputError, match="damaged: its checksum is another"):
            index.check()
        with index.writing(), pytest.raises(InputError, match="damaged: its checksum is another"):
            add(index, "next", ["a text"])
        assert Index.open(copy, PARAMETERS).has_run("next")
        assert len(segments(copy)) == 2


def damaged_manifests(text: str) -> Iterator[str]:
    yield from ("", "[]", "3", "\x00" * 50, text[: len(text) // 2])
    value = json.loads(text)
    for name in value:
        if name != "format":
            yield json.dumps({key: item for key, item in value.items() if key != name})
            yield json.dumps({**value, name: "nonsense"})
    yield json.dumps({**value, "version": 2})
    yield json.dumps({**value, "runs": []})
    for name, item in [("file", "../a.segment"), ("documents", -1), ("documents", 3), ("texts", None)]:
        yield json.dumps({**value, "segments": [{**value["segments"][0], name: item}]})


def test_a_damaged_manifest_is_told_in_one_line(sound: tuple[Path, Path]) -> None:
    folder, segment = sound
    for text in damaged_manifests((folder / NAME).read_text()):
        (folder / NAME).write_text(text)
        with pytest.raises(InputError) as error:
            Index.open(folder, PARAMETERS)
        assert str(folder) in str(error.value)
        assert "\n" not in str(error.value)
    (folder / NAME).unlink()
    with pytest.raises(InputError, match=f"damaged: {NAME} is missing"):
        Index.open(folder, PARAMETERS)
    assert segment.exists()


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=300), st.integers(2, 9))
def test_merging_keeps_few_segments_and_writes_each_document_seldom(sizes: list[int], fanout: int) -> None:
    held: list[int] = []
    written = 0
    for size in sizes:
        held.append(size)
        while (first := merge.due(held, fanout)) is not None:
            assert len(held) - first >= fanout
            written += sum(held[first:])
            held[first:] = [sum(held[first:])]
    assert sum(held) == sum(sizes)
    largest = max(merge._size(size) for size in held)
    assert len(held) < fanout ** (largest + 1)
    assert len(held) <= 40 * fanout


def test_small_runs_do_not_rewrite_a_large_segment() -> None:
    assert merge.due([5_000_000, *[100] * 7]) is None
    assert merge.due([5_000_000, *[100] * 8]) == 1
    assert merge.due([100, 5_000_000, *[100] * 7]) is None
    assert merge.due([1 << 30] * 9) is None


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.lists(st.integers(0, 3), min_size=40, max_size=40), min_size=2, max_size=2))
def test_sketches_differ_where_two_bits_of_the_signatures_do(bits: list[list[int]]) -> None:
    factor = pow(0x9E3779B1, -1, 1 << 32)
    table = (np.array(bits, np.uint64) << np.uint64(30)) * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    sketches = packed(table.astype(np.uint32), np.arange(2), 2)
    assert differing(sketches[0], sketches[1]) == np.count_nonzero(np.array(bits[0]) != np.array(bits[1]))


def test_sketches_of_pairs_at_the_threshold_pass_and_of_others_seldom() -> None:
    draw = np.random.default_rng(1)
    parameters = Parameters(0.8, Sketch(), bands=21, rows=6)
    passed = []
    for similarity in (0.8, 0.5, 0.0):
        one = draw.integers(0, 1 << 25, (20_000, 128), dtype=np.uint32)
        other = np.where(
            draw.random(one.shape) < similarity, one, draw.integers(0, 1 << 25, one.shape, dtype=np.uint32)
        )
        rows = np.arange(len(one))
        left, right = packed(one, rows, parameters.words), packed(other, rows, parameters.words)
        near = [differing(a, b) <= parameters.most_differing for a, b in zip(left, right, strict=True)]
        passed.append(np.mean(near))
    assert passed[0] == 1
    assert passed[1] < 0.35
    assert passed[2] == 0


def test_an_answer_has_one_value_a_match(tmp_path: Path) -> None:
    batches, queries = families(3)
    found = ask(build(tmp_path, batches), queries)
    assert_array_equal(found.row, np.unique(found.row))
    assert len(found.row) == len(found.ordinal) == len(found.run) == len(found.id) == len(found.jaccard)
    assert found.verified >= len(found.row)


def test_pages_of_the_batch_may_be_given_back_as_it_is_read(tmp_path: Path) -> None:
    batches, queries = families(3)
    index, every, calls = build(tmp_path, batches), texts_of(queries), []
    rows = np.arange(len(every))
    signed = signatures(every, rows, PARAMETERS.sketch)
    batch = (every, content_digests(every), signed, rows)
    found = index.matches(*batch, release=lambda: calls.append(1))
    assert answer(found) == answer(ask(index, queries))
    assert len(calls) > 2
