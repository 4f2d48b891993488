"""From files of pages to settled pages and essays: what tasks do to the part of the input that they are given."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipeline.engine.base import Stage
from pipeline.engine.spark.sheltered import sheltered
from pipeline.records import batched, from_batch, schema_of
from pipeline.schema import ESSAY, SETTLED, Sample, Template
from pipeline.shuffle import SplitSource, runs
from pipeline.sources import Stored, splits_of
from pipeline.takedown import Takedowns
from pipeline.text.template.learn import learn

Batches = Iterator[pa.RecordBatch]
_BATCH = 64


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """The number of a file -> what a stage makes of its pages."""

    files: tuple[Stored, ...]
    stage: Stage
    in_stretches: bool = False
    """Whether pages are counted over stretches of the file, as for samples."""

    def __call__(self, number: int) -> Batches:
        """See above."""
        splits = splits_of(self.files[number])
        alone = (SplitSource((split,)) for split in splits)
        return sheltered(self.stage, runs(splits) if self.in_stretches else list(alone))


@dataclass(frozen=True, slots=True)
class Learn:
    """Samples, all of a site and shape in one partition -> their templates."""

    takedowns: Takedowns

    MADE = schema_of(Template)

    def __call__(self, batches: Batches) -> Batches:
        """See above."""
        samples = (sample for batch in batches for sample in from_batch(Sample, batch))
        shown = (each for each in samples if not self.takedowns.page((each.url,), each.url))
        yield from batched(Template, learn(shown), _BATCH)


@dataclass(frozen=True, slots=True)
class Articles:
    """Documents, all of an article in one partition -> rows with a settled page each, then rows with an essay each.

    Both come of one reading, since bringing the documents together is what costs most; a column of structs that are
    null takes no room.
    """

    settle: Stage
    recover: Stage

    MADE = pa.schema([("page", pa.struct(list(SETTLED))), ("essay", pa.struct(list(ESSAY)))])

    def __call__(self, batches: Batches) -> Batches:
        """See above."""
        page, essay = self.MADE.types
        settled = list(self.settle.run(batches))
        for batch in settled:
            rows = batch.select(SETTLED.names).to_struct_array()
            yield self._row(rows.cast(page), pa.nulls(len(batch), essay))
        for batch in self.recover.run(iter(settled)):
            yield self._row(pa.nulls(len(batch), page), batch.to_struct_array().cast(essay))

    def _row(self, page: pa.StructArray, essay: pa.StructArray) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays([page, essay], schema=self.MADE)
