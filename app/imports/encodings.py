"""Which encoding a text file is in: a BOM, else UTF-16 by its zero bytes, else UTF-8, else GB18030."""

import codecs
from typing import BinaryIO

from app.imports.faults import FaultKind, FileRefused

BAD = "\udcff"
"""Stands for bytes that are no text in the file's encoding."""
_ERRORS = "proving-mark-bad-bytes"
_CHUNK = 1 << 20


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 (only decoders get this handler)
    return BAD, error.end


codecs.register_error(_ERRORS, _mark)


def marking_errors() -> str:
    """Return the name of the error handler that puts BAD for bytes that cannot be decoded."""
    return _ERRORS


def detect_encoding(file: BinaryIO) -> str:
    """Return a codec name; reads the file in pieces. Raises FileRefused for zero bytes in a one-byte encoding.

    A UTF-8 file with a few broken bytes stays UTF-8: read as GB18030 it would be nonsense without an error.
    """
    file.seek(0)
    head = file.read(4096)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    wide = _wide(head)
    if wide:
        return wide
    return _narrow(file)


def _wide(head: bytes) -> str | None:
    """Tell UTF-16 without a BOM: its ASCII characters have a zero byte always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 20 < len(head):
        return None
    if min(even, odd) == 0 and max(even, odd) >= 2:
        return "utf-16-be" if even else "utf-16-le"
    raise FileRefused(FaultKind.WRONG_FORMAT, "不是文本文件", "not a text file")


def _narrow(file: BinaryIO) -> str:
    good, bad = _count(file, "utf-8")
    if bad == 0:
        return "utf-8"
    return "utf-8" if good > 2 * bad else "gb18030"


def _count(file: BinaryIO, encoding: str) -> tuple[int, int]:
    """Return how many non-ASCII characters a file has in an encoding, and how many places that are no text."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(_ERRORS)
    good = bad = 0
    while chunk := file.read(_CHUNK):
        text = decoder.decode(chunk)
        wrong = text.count(BAD)
        bad += wrong
        good += 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore")) - wrong
    return good, bad + decoder.decode(b"", final=True).count(BAD)
