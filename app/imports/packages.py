"""The parts of an XLSX package, read in pieces within limits, and parsed without document types."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO, BinaryIO
from xml.parsers import expat

from app.imports.faults import FaultKind, FileRefused
from app.imports.rows import MEBIBYTE, Limits

CHUNK = 1 << 16


class Package:
    """The parts of an XLSX file, each read in pieces and counted."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        try:
            self.archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise FileRefused(FaultKind.BROKEN_ARCHIVE) from error
        self.limits = limits
        self.names = {info.filename.lower().lstrip("/"): info for info in self.archive.infolist()}
        unpacked = sum(info.file_size for info in self.names.values())
        if unpacked > limits.unpacked_bytes or len(self.archive.infolist()) > 5000:
            most = f"{limits.unpacked_bytes // MEBIBYTE} MB"
            raise FileRefused(FaultKind.ARCHIVE_TOO_LARGE, f"最多 {most}", f"at most {most}")

    def has(self, part: str) -> bool:
        return part.lower() in self.names

    def pieces(self, part: str) -> Iterator[bytes]:
        """Yield a part in pieces. Raises FileRefused where the archive is damaged or the part too large."""
        info = self.names.get(part.lower())
        if info is None:
            raise FileRefused(FaultKind.BROKEN_ARCHIVE)
        left = self.limits.unpacked_bytes
        try:
            with self.archive.open(info) as opened:
                first = opened.read(CHUNK)
                if first.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise FileRefused(FaultKind.WRONG_FORMAT)
                for piece in chain((first,), _pieces(opened)):
                    left -= len(piece)
                    if left < 0:
                        raise FileRefused(FaultKind.ARCHIVE_TOO_LARGE)
                    yield piece
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise FileRefused(FaultKind.BROKEN_ARCHIVE) from error

    def parse(self, part: str, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None,
              text: Callable[[str], None] | None = None) -> None:  # fmt: skip
        """Feed a small part to handlers of elements, named without their prefix."""
        parser = new_parser()
        parser.StartElementHandler = lambda name, attributes: start(local(name), attributes)
        if end is not None:
            parser.EndElementHandler = lambda name: end(local(name))
        if text is not None:
            parser.CharacterDataHandler = text
        feed(parser, self.pieces(part))


def _pieces(opened: IO[bytes]) -> Iterator[bytes]:
    while piece := opened.read(CHUNK):
        yield piece


def local(name: str) -> str:
    """Return a qualified name without its prefix."""
    return name.rpartition(":")[2]


def new_parser() -> expat.XMLParserType:
    """Return a parser that refuses document types, and with them every kind of entity."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise FileRefused(
            FaultKind.BROKEN_ARCHIVE, "XML 中有文档类型声明", "the XML declares a document type"
        )

    parser.StartDoctypeDeclHandler = refuse
    return parser


def feed(parser: expat.XMLParserType, pieces: Iterator[bytes]) -> None:
    """Parse a part to its end. Raises FileRefused for XML that is not well-formed."""
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRefused(FaultKind.BROKEN_ARCHIVE) from error


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Return a text with Excel's `_x0007_` as the characters they stand for."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text
