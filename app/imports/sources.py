"""A file as a stream of raw rows, with the row numbers that a person sees; whatever the format, memory is bounded.

What a file is, is told by its bytes; its name and media type only settle what bytes leave open. An XLSX is read
as a stream of XML with its limits checked on the way, never as a grid: a cell in the far corner costs one cell.
"""

import io
from typing import BinaryIO

from app.imports.delimited import read_delimited
from app.imports.encodings import detect_encoding
from app.imports.faults import FaultKind, FileRefused
from app.imports.headings import SCOPE_LINES, Headings
from app.imports.json_lines import read_json_lines
from app.imports.rows import MEBIBYTE, Format, Limits, Source
from app.imports.workbooks import open_workbook

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHER_FORMATS = (_OLD_OFFICE, b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b",
                  b"{\\rtf", b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")  # fmt: skip
_BY_NAME = {
    ".xlsx": Format.XLSX,
    ".xlsm": Format.XLSX,
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
}
_BY_MEDIA_TYPE = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Format.XLSX,
    "application/x-ndjson": Format.NDJSON,
    "application/ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "text/csv": Format.CSV,
}


def open_source(
    file: BinaryIO,
    *,
    name: str = "",
    media_type: str = "",
    sheet: str | None = None,
    limits: Limits | None = None,
    headings: Headings = SCOPE_LINES,
) -> Source:
    """Tell the format and return the rows; `file` must be seekable and stay open while they are read.

    `headings` are those of the table that is looked for. `sheet` names the sheet of a workbook; by default the
    first visible one that has a table is read.
    Raises FileRefused, also while the rows are read.
    """
    limits = limits or Limits()
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise FileRefused(FaultKind.EMPTY_FILE)
    if size > limits.file_bytes:
        most = f"{limits.file_bytes / MEBIBYTE:g} MB"
        raise FileRefused(FaultKind.FILE_TOO_LARGE, f"最多 {most}", f"at most {most}")
    said = _said(name, media_type)
    head = file.read(4096)
    file.seek(0)
    if head.startswith(_ZIP):
        return open_workbook(file, sheet, limits, headings)
    if head.startswith(_OTHER_FORMATS):
        raise FileRefused(FaultKind.WRONG_FORMAT)
    if said is Format.XLSX:
        raise FileRefused(FaultKind.NOT_A_WORKBOOK)
    encoding = detect_encoding(file)
    file.seek(0)
    if said is Format.NDJSON or _looks_like_json(head, encoding):
        return Source(Format.NDJSON, read_json_lines(file, encoding, limits), encoding)
    return read_delimited(file, encoding, limits, headings)


def _said(name: str, media_type: str) -> Format | None:
    dot = name.rfind(".")
    by_name = _BY_NAME.get(name[dot:].lower()) if dot >= 0 else None
    return by_name or _BY_MEDIA_TYPE.get(media_type.partition(";")[0].strip().lower())


def _looks_like_json(head: bytes, encoding: str) -> bool:
    text = head.decode(encoding, errors="ignore").lstrip("\ufeff \t\r\n")
    return text.startswith("{")
