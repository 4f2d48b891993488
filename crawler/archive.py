"""The archive: responses as they were received, in WARC segments that survive a killed process.

A segment is written under ``<name>.open`` and renamed when it is complete; each record is a gzip
member of its own and on disk before ``write`` returns, so a kill or a power failure tears at most
the record being written. See ISO 28500 (WARC/1.1).
"""

import fcntl
import itertools
import os
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import OutputError
from pipeline.io import sync_folder

SEGMENT_BYTES = 256 * 1024 * 1024
"""Size at which a segment is complete, unless told otherwise."""
_ENDING = ".warc.gz"
_OPEN = ".open"
_CHUNK = 1 << 16
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))


class WarcArchive:
    """Segments ``<prefix>-00000.warc.gz`` and so on; the first is opened with the first record."""

    def __init__(
        self,
        folder: Path,
        prefix: str,
        *,
        max_bytes: int = SEGMENT_BYTES,
        info: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._info = dict(info or {})
        self._file: FileIO | None = None
        self._segments: list[Path] = []

    @property
    def folder(self) -> Path:
        """Where the segments lie."""
        return self._folder

    @property
    def segments(self) -> tuple[Path, ...]:
        """Complete segments of this archive object."""
        return tuple(self._segments)

    def write(
        self,
        url: str,
        status: int,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        protocol: str = "HTTP/1.1",
    ) -> None:
        """Store one response; it is on disk when this returns.

        ``body`` is the body as received, under its Content-Encoding; a Transfer-Encoding is already undone.

        Raises:
            OutputError: the disk is full or the folder cannot be written; what was stored stays whole.
        """
        try:
            file = self._file or self._open_segment()
            _append(file, _response(url, f"{status} {_phrase(status)}", headers, body, protocol))
            if file.tell() >= self._max_bytes:
                self.close()
        except OSError as error:
            raise OutputError(f"{self._folder}: cannot store responses: {error.strerror or error}") from error

    def close(self) -> None:
        """Complete the segment being written: on disk, and under its final name."""
        file, self._file = self._file, None
        if file is None:
            return
        with file:
            os.fsync(file.fileno())
            self._segments.append(_complete(Path(str(file.name))))

    def _open_segment(self) -> FileIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        taken = {path.name.removesuffix(_OPEN) for path in self._folder.glob(f"{self._prefix}-*{_ENDING}*")}
        names = (f"{self._prefix}-{number:05d}{_ENDING}" for number in itertools.count())
        name = next(name for name in names if name not in taken)
        file = FileIO(self._folder / (name + _OPEN), "x")
        fcntl.flock(file, fcntl.LOCK_EX)
        _append(file, _warcinfo(name, self._info))
        self._file = file
        return file


def recover(folder: Path) -> list[Path]:
    """Complete the segments that killed processes left: cut at the last whole record, and renamed.

    A segment that a living process is writing is left alone.

    Raises:
        OutputError: a segment cannot be repaired.
    """
    repaired = []
    for path in sorted(folder.glob(f"*{_ENDING}{_OPEN}")):
        try:
            with path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                length = _whole_members(file)
                file.truncate(length)
                os.fsync(file.fileno())
                if length:
                    repaired.append(_complete(path))
                else:
                    path.unlink()
        except BlockingIOError:
            continue
        except OSError as error:
            raise OutputError(f"{path}: cannot be repaired: {error.strerror or error}") from error
    return repaired


def _response(
    url: str, status_line: str, headers: Iterable[tuple[bytes, bytes]], body: bytes, protocol: str
) -> bytes:
    kept = [(_text(name), _text(value)) for name, value in headers if name.lower() != b"transfer-encoding"]
    http_headers = StatusAndHeaders(status_line, kept, protocol=protocol)
    buffer = BytesIO()
    writer = _writer(buffer)
    writer.write_record(
        writer.create_warc_record(
            url, "response", payload=BytesIO(body), length=len(body), http_headers=http_headers
        )
    )
    return buffer.getvalue()


def _warcinfo(name: str, info: Mapping[str, str]) -> bytes:
    buffer = BytesIO()
    writer = _writer(buffer)
    writer.write_record(writer.create_warcinfo_record(name, {"format": "WARC File Format 1.1", **info}))
    return buffer.getvalue()


def _writer(buffer: BytesIO) -> WARCWriter:
    return WARCWriter(buffer, gzip=True, warc_version="WARC/1.1")


def _append(file: FileIO, record: bytes) -> None:
    """All of a record, or nothing of it."""
    start = file.tell()
    rest = memoryview(record)
    try:
        while rest:
            rest = rest[file.write(rest) :]
        os.fdatasync(file.fileno())
    except OSError:
        with suppress(OSError):
            file.truncate(start)
            file.seek(start)
        raise


def _text(value: bytes) -> str:
    """A header's text on one line, bytes beyond ASCII percent-encoded: warcio stores nothing else."""
    line = value.decode("latin-1").replace("\r", " ").replace("\n", " ")
    return line if line.isascii() else quote(value.replace(b"\r", b" ").replace(b"\n", b" "), safe=_PRINTABLE)


def _phrase(status: int) -> str:
    with suppress(ValueError):
        return HTTPStatus(status).phrase
    return "Unknown"


def _whole_members(file: BinaryIO) -> int:
    """Length in bytes of the whole gzip members at the start of a file."""
    whole = position = 0
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while chunk := file.read(_CHUNK):
        position += len(chunk)
        while chunk:
            try:
                member.decompress(chunk)
            except zlib.error:
                return whole
            chunk = member.unused_data
            if member.eof:
                whole = position - len(chunk)
                member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    return whole


def _complete(path: Path) -> Path:
    final = path.with_name(path.name.removesuffix(_OPEN))
    path.replace(final)
    sync_folder(path.parent)
    return final
