"""What kind of file an attachment is: by its content. Neither its name nor a declared type is trusted."""

import codecs
import unicodedata
import zipfile
from enum import StrEnum
from pathlib import Path, PurePosixPath, PureWindowsPath

import puremagic

LONGEST_NAME = 200
_HEAD_BYTES = 8192
_OOXML = "application/vnd.openxmlformats-officedocument"


class FileKind(StrEnum):
    """The kinds that are taken, by their media types."""

    PDF = "application/pdf"
    DOCX = f"{_OOXML}.wordprocessingml.document"
    XLSX = f"{_OOXML}.spreadsheetml.sheet"
    PNG = "image/png"
    JPEG = "image/jpeg"
    CSV = "text/csv"
    TEXT = "text/plain"


EXTENSIONS = {
    ".pdf": FileKind.PDF,
    ".docx": FileKind.DOCX,
    ".xlsx": FileKind.XLSX,
    ".png": FileKind.PNG,
    ".jpg": FileKind.JPEG,
    ".jpeg": FileKind.JPEG,
    ".csv": FileKind.CSV,
    ".txt": FileKind.TEXT,
}

_SAYS_NOTHING = {"", "application/octet-stream", "binary/octet-stream"}
_ALSO_SAID = {
    "image/jpg": FileKind.JPEG,
    "application/csv": FileKind.CSV,
    "application/x-pdf": FileKind.PDF,
}
# Browsers on Windows say this of CSV where a spreadsheet is installed; and lists are plain text as well.
_OF_CSV = {"application/vnd.ms-excel", FileKind.TEXT.value}

_BINARY = (FileKind.PDF, FileKind.PNG, FileKind.JPEG)
_PARTS = {"word/document.xml": FileKind.DOCX, "xl/workbook.xml": FileKind.XLSX}
_CONTENT_TYPES = "[Content_Types].xml"
_MACROS = "vbaproject.bin"
_ZIP = b"PK\x03\x04"
_MARKUP = {"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"}
_MARKUP_STARTS = ("<!doctype", "<html", "<?xml", "<svg", "<script", "#!")
_TEXT_CONTROLS = frozenset("\t\n\r\f")


def kind_of_content(path: Path, name: str) -> FileKind | None:
    """Return what the content of a file is; None: nothing that is taken.

    Text is UTF-8 or GB 18030 without control characters and without markup; that it is a list (CSV) only its name
    can say. Reads the whole of a text, and of an archive only its list of parts.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_ZIP):
        return _kind_of_archive(path)
    recognised = _recognised(head)
    for kind in _BINARY:
        if kind.value in recognised:
            return kind
    if recognised & _MARKUP or not _is_text(path):
        return None
    return FileKind.CSV if extension_of(name) == ".csv" else FileKind.TEXT


def _recognised(head: bytes) -> set[str]:
    """Return the media types that the first bytes are those of."""
    try:
        return {found.mime_type for found in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def _kind_of_archive(path: Path) -> FileKind | None:
    """Return the kind of an Office document without macros; any other archive is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    if _CONTENT_TYPES not in names or any(name.lower().endswith(_MACROS) for name in names):
        return None
    kinds = {kind for part, kind in _PARTS.items() if part in names}
    return kinds.pop() if len(kinds) == 1 else None


def _is_text(path: Path) -> bool:
    return any(_reads_as(path, encoding) for encoding in ("utf-8-sig", "gb18030"))


def _reads_as(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    begins = True
    with path.open("rb") as file:
        while True:
            piece = file.read(1 << 16)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError:
                return False
            if begins and text.lstrip().lower().startswith(_MARKUP_STARTS):
                return False
            begins = begins and not text.strip()
            if any(_is_control(character) for character in set(text)):
                return False
            if not piece:
                return True


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in _TEXT_CONTROLS


def extension_of(name: str) -> str:
    """Return the extension of a name in lower case, with its point; empty where there is none."""
    return PurePosixPath(name).suffix.lower()


def fits_name(kind: FileKind, name: str) -> bool:
    """Tell whether a file of the kind may be called so."""
    return EXTENSIONS.get(extension_of(name)) is kind


def fits_declared(kind: FileKind, media_type: str) -> bool:
    """Tell whether a declared media type does not contradict the kind; one that says nothing fits all."""
    said = media_type.partition(";")[0].strip().lower()
    if said in _SAYS_NOTHING or said == kind.value:
        return True
    return _ALSO_SAID.get(said) is kind or (kind is FileKind.CSV and said in _OF_CSV)


def clean_name(given: str) -> str | None:
    """Return the name of a file without its folders and without invisible characters; None: nothing is left.

    A long one is cut before its extension.
    """
    last = PureWindowsPath(PurePosixPath(given).name).name
    shown = "".join(one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one)[0] != "C")
    shown = shown.strip().strip(".") if not shown.strip(". ") else shown.strip()
    if not shown or shown.startswith("."):
        return None
    extension = extension_of(shown)
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - len(extension)] + extension
