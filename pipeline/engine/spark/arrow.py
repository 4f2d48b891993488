"""Functions on our Arrow batches as functions on Spark's, whose columns are all nullable and whose times are in microseconds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType

from pipeline.engine.base import Stage

Batches = Iterator[pa.RecordBatch]


def spark_schema(schema: pa.Schema) -> StructType:
    """Spark's types for a table of ours."""
    plain = pa.schema([pa.field(field.name, field.type) for field in schema])
    return from_arrow_schema(plain, prefer_timestamp_ntz=False)


def frame_of(spark: SparkSession, table: pa.Table) -> DataFrame:
    """A small table of ours."""
    return spark.createDataFrame(table.cast(_theirs(table.schema)), spark_schema(table.schema))


def table_of(rows: DataFrame, schema: pa.Schema) -> pa.Table:
    """Few rows, brought to the driver."""
    return rows.select(schema.names).toArrow().cast(schema)


def on_spark(rows: DataFrame, stage: Stage) -> DataFrame:
    """Rows through a stage."""
    return mapped(rows, stage.run, stage.input, stage.output)


def mapped(
    rows: DataFrame, run: Callable[[Batches], Batches], taken: pa.Schema, made: pa.Schema
) -> DataFrame:
    """Rows through a function, a partition at a time.

    Args:
        rows: have the columns of ``taken``, and perhaps others.
        run: must survive pickling.
        taken: what it takes.
        made: what it makes.
    """
    return rows.select(taken.names).mapInArrow(_Mapped(run, taken, made), spark_schema(made))


def of_each(numbers: DataFrame, run: Callable[[int], Batches], made: pa.Schema) -> DataFrame:
    """What a function makes of each number, which stands in a column of its own."""
    return numbers.mapInArrow(_OfEach(run, made), spark_schema(made))


@dataclass(frozen=True, slots=True)
class _Mapped:
    run: Callable[[Batches], Batches]
    taken: pa.Schema
    made: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        return _given(self.run(batch.cast(self.taken) for batch in batches), self.made)


@dataclass(frozen=True, slots=True)
class _OfEach:
    run: Callable[[int], Batches]
    made: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from _given(self.run(number), self.made)


def _given(batches: Batches, made: pa.Schema) -> Batches:
    theirs = _theirs(made)
    return (batch.cast(theirs) for batch in batches)


def _theirs(schema: pa.Schema) -> pa.Schema:
    return to_arrow_schema(spark_schema(schema), timezone="UTC")
