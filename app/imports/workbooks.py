"""XLSX as a stream: the package and its sheets are looked at first, then one sheet is read row by row.

Bounded by design and without a child process: declared and unpacked sizes are checked, no DTD is accepted, cells
are kept for one row only, and the grid is never made. Formulas are never trusted: their cached value may be stale
or missing, so such a cell is a BadCell of kind `formula`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from posixpath import dirname, join, normpath
from typing import BinaryIO

from app.imports.faults import FaultKind, FileRefused
from app.imports.headings import SCOPE_LINES, Headings, find_table
from app.imports.packages import Package, local, unescaped
from app.imports.rows import Format, Limits, RawRow, Source
from app.imports.sheets import read_merges, read_rows
from app.imports.styles import Style, read_styles

HEADING_ROWS = 60
"""How many rows of each sheet are looked at to find a table."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    part: str
    hidden: bool


def open_workbook(
    file: BinaryIO, sheet: str | None, limits: Limits, headings: Headings = SCOPE_LINES
) -> Source:
    """Return the rows of the sheet asked, else of the first visible sheet with a table, else of the first visible.

    Other sheets with a table are named in the notes. Raises FileRefused.
    """
    package = Package(file, limits)
    book = _workbook_part(package)
    sheets, is_1904 = _sheets(package, book)
    texts = _shared_texts(package, book)
    styles = read_styles(package, _related(package, book).get("styles", "xl/styles.xml"))
    reader = _Reader(package, texts, styles, is_1904)
    visible = [one for one in sheets if not one.hidden] or sheets
    asked = [one for one in sheets if one.name == sheet] if sheet is not None else None
    if asked == []:
        raise FileRefused(FaultKind.HEADING_MISSING, f"没有工作表 {sheet}", f"there is no sheet {sheet}")
    with_table = asked or [one for one in visible if reader.has_table(one, headings)] or visible[:1]
    chosen = with_table[0]
    source = Source(Format.XLSX, reader.rows(chosen), sheet=chosen.name)
    for other in with_table[1:]:
        source.notes.append(
            (
                f"工作表“{other.name}”中也有表格，没有读取",
                f"Sheet {other.name} has a table too, and was not read",
            )
        )
    return source


class _Reader:
    def __init__(self, package: Package, texts: list[str], styles: list[Style], is_1904: bool) -> None:
        self.package, self.texts, self.styles, self.is_1904 = package, texts, styles, is_1904

    def rows(self, sheet: _Sheet) -> Iterator[RawRow]:
        merges = read_merges(self.package.pieces(sheet.part), self.package.limits)
        return read_rows(
            self.package.pieces(sheet.part),
            self.texts,
            self.styles,
            merges,
            self.package.limits,
            is_1904=self.is_1904,
        )

    def has_table(self, sheet: _Sheet, headings: Headings) -> bool:
        first = ((row.number, row.cells, row.width) for row in islice(self.rows(sheet), HEADING_ROWS))
        return find_table(first, fill_right=True, known=headings) is not None


def _workbook_part(package: Package) -> str:
    part = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal part
        if name == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            part = attributes.get("Target", "").lstrip("/")

    if package.has("_rels/.rels"):
        package.parse("_rels/.rels", start)
    part = part or "xl/workbook.xml"
    if part.lower().endswith(".bin"):
        raise FileRefused(FaultKind.WRONG_FORMAT)
    if not package.has(part) or not re.search(r"workbook|xl/", part.lower()):
        raise FileRefused(FaultKind.NOT_A_WORKBOOK)
    return part


def _relations(package: Package, book: str) -> dict[str, tuple[str, str]]:
    """Return id -> (last part of the type, part name)."""
    found: dict[str, tuple[str, str]] = {}
    folder = dirname(book)

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path)

    rels = f"{folder}/_rels/{book.rpartition('/')[2]}.rels"
    if package.has(rels):
        package.parse(rels, start)
    return found


def _related(package: Package, book: str) -> Mapping[str, str]:
    return dict(_relations(package, book).values())


def _sheets(package: Package, book: str) -> tuple[list[_Sheet], bool]:
    relations = _relations(package, book)
    sheets: list[_Sheet] = []
    is_1904 = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_1904
        if name == "workbookPr":
            is_1904 = attributes.get("date1904", "0") in {"1", "true"}
        if name == "sheet":
            ids = [value for key, value in attributes.items() if local(key) == "id"]
            kind, part = next((relations[one] for one in ids if one in relations), ("", ""))
            if kind == "worksheet" and package.has(part):
                sheets.append(
                    _Sheet(attributes.get("name", ""), part, attributes.get("state", "visible") != "visible")
                )

    package.parse(book, start)
    if not sheets:
        raise FileRefused(FaultKind.NOT_A_WORKBOOK)
    return sheets, is_1904


def _shared_texts(package: Package, book: str) -> list[str]:
    part = _related(package, book).get("sharedStrings", "")
    if not package.has(part):
        return []
    if package.names[part.lower()].file_size > package.limits.shared_text_bytes:
        raise FileRefused(FaultKind.ARCHIVE_TOO_LARGE)
    reader = _TextReader()
    package.parse(part, reader.start, reader.end, reader.text)
    return reader.texts


class _TextReader:
    """Collects shared texts, without the readings that stand over Japanese ones."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.parts: list[str] = []
        self.in_text = self.in_reading = False

    def start(self, name: str, _: dict[str, str]) -> None:
        self.in_text = name == "t"
        self.in_reading = self.in_reading or name == "rPh"

    def end(self, name: str) -> None:
        self.in_text = False
        if name == "rPh":
            self.in_reading = False
        elif name == "si":
            self.texts.append(unescaped("".join(self.parts)))
            self.parts.clear()

    def text(self, data: str) -> None:
        if self.in_text and not self.in_reading:
            self.parts.append(data)
