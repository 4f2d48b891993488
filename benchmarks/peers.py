"""The same job by other tools: texts in, numbers of the rows that stay out."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from pipeline.dedup.near import near_duplicates
from pipeline.dedup.search import Wanted
from pipeline.dedup.shingles import shingles

THRESHOLD = 0.8
Tool = Callable[[pa.Table], set[int]]


def fanwen(table: pa.Table, threshold: float = THRESHOLD) -> set[int]:
    """Ours, one thread: verified, with the kept row of each that went."""
    found = near_duplicates(table["id"], table["text"], Wanted(threshold), workers=1)
    return set(found.kept.tolist())


def datasketch(table: pa.Table, threshold: float = THRESHOLD) -> set[int]:
    """datasketch's defaults: SHA-1, 128 permutations, its own bands; a text goes if the index answers anything."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=128)
    kept = set()
    for row, text in enumerate(table["text"].to_pylist()):
        signature = MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in shingles(text)])
        if not index.query(signature):
            index.insert(row, signature)
            kept.add(row)
    return kept


def rensa(table: pa.Table, threshold: float = THRESHOLD) -> set[int]:
    """rensa's de-duplicator with its index."""
    from rensa import RMinHash, RMinHashDeduplicator

    found = RMinHashDeduplicator(threshold, 128, True)
    kept = set()
    for row, text in enumerate(table["text"].to_pylist()):
        signature = RMinHash(128, 42)
        signature.update(list(shingles(text)))
        if found.add(str(row), signature):
            kept.add(row)
    return kept


def daft(table: pa.Table, threshold: float = THRESHOLD) -> set[int]:
    """daft's signatures of the text with a space behind each character, datasketch's bands, connected components."""
    import daft as engine
    from daft.functions import minhash
    from datasketch import MinHashLSH

    bands, rows = (
        MinHashLSH(threshold=threshold, num_perm=128).b,
        MinHashLSH(threshold=threshold, num_perm=128).r,
    )
    spaced = pa.table({"text": [" ".join(text) for text in table["text"].to_pylist()]})
    frame = engine.from_arrow(spaced).with_column(
        "signature", minhash(engine.col("text"), num_hashes=128, ngram_size=5, hash_function="xxhash")
    )
    column = frame.select("signature").to_arrow()["signature"].combine_chunks()
    signatures = column.flatten().to_numpy(zero_copy_only=False).astype(np.uint32).reshape(len(table), 128)
    return _components(
        [np.ascontiguousarray(signatures[:, at * rows : (at + 1) * rows]) for at in range(bands)]
    )


TOOLS: dict[str, Tool] = {"fanwen": fanwen, "datasketch": datasketch, "rensa": rensa, "daft": daft}


def _components(bands: Sequence["np.ndarray[tuple[int, int], np.dtype[np.uint32]]"]) -> set[int]:
    """The first row of each component of rows that share a band."""
    parent = list(range(len(bands[0])))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for band in bands:
        keys = band.view([("", band.dtype)] * band.shape[1]).ravel()
        order = np.argsort(keys, kind="stable")
        same = keys[order[1:]] == keys[order[:-1]]
        for (left, right), alike in zip(pairwise(order.tolist()), same.tolist(), strict=True):
            if alike:
                first, second = sorted((root(left), root(right)))
                parent[second] = first
    return {row for row in range(len(parent)) if root(row) == row}
