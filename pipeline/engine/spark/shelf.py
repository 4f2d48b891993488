"""Texts on the node's disk, mapped into memory as they are read: a task that has many would need their size otherwise."""

import mmap
import os
import tempfile
from collections.abc import Iterable

import numpy as np

from pipeline.dedup.texts import Texts


def local_folder() -> str | None:
    """Where Spark writes on this node, which it empties itself when the node is done; None where it does not say."""
    return os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0] or None


class Shelf:
    """Some texts; the file has no name and ends with the process."""

    def __init__(self, parts: Iterable[Texts]) -> None:
        """Write them, to where Spark writes too."""
        sizes = [np.zeros(1, np.int64)]
        with tempfile.TemporaryFile(dir=local_folder()) as file:
            for part in parts:
                file.write(part.data[part.offsets[0] : part.offsets[-1]].data)
                sizes.append(part.sizes())
            file.flush()
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else None
        data = np.empty(0, np.uint8) if self._map is None else np.frombuffer(self._map, np.uint8)
        self.texts = Texts(data, np.cumsum(np.concatenate(sizes)))

    def release(self) -> None:
        """Give memory back that reading has taken; what is needed again comes from the system's cache."""
        if self._map is not None:
            self._map.madvise(mmap.MADV_DONTNEED)
