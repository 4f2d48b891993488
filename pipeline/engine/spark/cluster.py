"""Where and how to run on Spark, as the user says it; nothing here needs Spark to be installed."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.engine.spark.session import check, settings_of
from pipeline.errors import ConfigError
from pipeline.place import is_remote, shown

if TYPE_CHECKING:
    from pipeline.engine.spark.session import Session
    from pipeline.engine.spark.star import Limits

_FINISH, _PAIRS = "spark.fanwen.finishRows", "spark.fanwen.pairsPerBucket"
_SPLIT, _WORK = "spark.fanwen.splitBytes", "spark.fanwen.workDir"
_SPLIT_BYTES = 1 << 27
"""Of a file; a Parquet file is cut between row groups."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where and how to run."""

    master: str | None = None
    """A Spark master; by default what ``spark-submit`` was told, else this machine."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Spark properties, and these of ours: ``spark.fanwen.finishRows``, ``.pairsPerBucket``, ``.splitBytes``,
    ``.workDir``."""

    @classmethod
    def of(cls, master: str | None, given: Sequence[str]) -> "Cluster":
        """Properties as ``key=value``.

        Raises:
            ConfigError: one is none, or Spark cannot be started here.
        """
        check()
        cluster = cls(master, settings_of(given))
        for key in (_FINISH, _PAIRS, _SPLIT):
            if not cluster.settings.get(key, "1").isdecimal():
                raise ConfigError(f"{key}={cluster.settings[key]}: a whole number is expected")
        return cluster

    def limits(self, spark: "Session") -> "Limits":
        """How much the search does at once."""
        from pipeline.engine.spark.star import Limits  # noqa: PLC0415 - pyspark is there by now

        usual = Limits()
        return Limits(_number(spark, _FINISH, usual.finish), _number(spark, _PAIRS, usual.bucket_pairs))

    def split_bytes(self, spark: "Session") -> int:
        """Bytes of a file that one task reads, about."""
        return _number(spark, _SPLIT, _SPLIT_BYTES)

    def work_folder(self, spark: "Session", place: str) -> str:
        """Folder for tables between steps, as Hadoop names it: one of this run's in the folder that was chosen, or a place.

        Args:
            spark: may name a folder.
            place: path or address that all nodes see.
        """
        chosen = spark.conf.get(_WORK, None)
        return hadoop_name(f"{chosen}/fanwen-{uuid.uuid4().hex[:12]}" if chosen else place)


def _number(spark: "Session", key: str, usual: int) -> int:
    """A property that is a whole number.

    Raises:
        ConfigError: it is not.
    """
    said = spark.conf.get(key, None) or str(usual)
    if not said.isdecimal():
        raise ConfigError(f"{key}={said}: a whole number is expected")
    return int(said)


def hadoop_name(place: str) -> str:
    """A path or an address as Hadoop has it, which takes every letter as it stands and has keys from its own settings."""
    if not is_remote(place):
        return f"file://{Path(place).absolute()}"
    return re.sub(r"^s3://", "s3a://", shown(place))
