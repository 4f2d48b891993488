"""What Spark forks its Python workers from, in place of ``pyspark.daemon``.

Spark's own imports nothing, so each worker would import all that tasks need and load its compiled functions: some
four CPU seconds. Here that is done once a node, before the first fork; none of it leaves a thread behind.
"""

import os
from collections.abc import Iterator

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a thread would not survive the fork

import numpy as np
import pyarrow as pa
from pyspark import daemon, worker

from pipeline.dedup.search import Wanted
from pipeline.engine.spark.kernels import Batches, Digest
from pipeline.engine.spark.whole import Whole

MODULE = "pipeline.engine.spark.daemon"
__all__ = ["MODULE", "warm", "worker"]


class _Few:
    """Two texts alike."""

    def rows(self, split: int) -> Batches:
        """See `pipeline.engine.spark.kernels.Reader`."""
        for batch in self.texts(split):
            names = pa.array(["a", "b"], pa.string())
            yield batch.append_column("name", names).append_column("by", pa.nulls(2, pa.int32()))

    def texts(self, split: int) -> Iterator[pa.RecordBatch]:
        """See there."""
        del split
        alike = ["一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九"]
        yield pa.record_batch({"row": pa.array(np.arange(2)), "text": pa.array(alike, pa.large_string())})


def warm() -> None:
    """Have the functions that tasks call compiled, or loaded."""
    digest, whole = Digest(_Few(), Wanted().sketch), Whole(_Few(), Wanted(), "first", by_value=False)
    rows = digest(iter([pa.record_batch({"id": pa.array([0])})]))
    list(whole(batch.select(list(whole.NEEDS)) for batch in rows))


if __name__ == "__main__":
    warm()
    daemon.manager()
