"""Tables that are written down between steps, so that plans stay short and a lost node repeats little."""

from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, slots=True)
class Tables:
    """A folder of Parquet tables that all nodes see."""

    spark: SparkSession
    folder: str
    """As Hadoop names it."""

    def keep(self, name: str, table: DataFrame) -> DataFrame:
        """Work a table out and write it down; what is returned reads it."""
        path = f"{self.folder}/{name}"
        table.write.mode("overwrite").parquet(path)
        return self.spark.read.schema(table.schema).parquet(path)

    def query(self, name: str, sql: str, **named: Any) -> DataFrame:
        """What a query over some tables gives, which it names in braces as it does numbers, written down."""
        return self.keep(name, self.spark.sql(sql, **named))

    def below(self, name: str) -> "Tables":
        """A folder in this one, where names mean other tables."""
        return Tables(self.spark, f"{self.folder}/{name}")

    def none(self, schema: str) -> DataFrame:
        """A table without rows."""
        return self.spark.createDataFrame([], schema)

    def numbers(self, count: int) -> DataFrame:
        """The numbers from 0, each in a partition of its own."""
        return self.spark.range(0, count, 1, max(1, count))

    def all(self, pattern: str, schema: str) -> DataFrame:
        """Tables that were kept under names of a pattern, one behind the other; none are none."""
        path = self._path(pattern)
        if not self._system(path).globStatus(path):
            return self.spark.createDataFrame([], schema)
        return self.spark.read.schema(schema).parquet(f"{self.folder}/{pattern}")

    def drop(self, name: str = "") -> None:
        """Remove a table, or the folder."""
        path = self._path(name)
        self._system(path).delete(path, True)

    def _path(self, name: str) -> Any:
        jvm: Any = self.spark.sparkContext._jvm  # noqa: SLF001 - Hadoop's file systems have no other door
        return jvm.org.apache.hadoop.fs.Path(f"{self.folder}/{name}".rstrip("/"))

    def _system(self, path: Any) -> Any:
        context: Any = self.spark.sparkContext._jsc  # noqa: SLF001 - see above
        return path.getFileSystem(context.hadoopConfiguration())
