"""Problems of uploaded files: too large, of a kind that is not offered, or not to be read."""

from app.errors import AppError, BodyTooLarge, ErrorItem, InvalidRequest
from app.imports.faults import FaultKind, FileRefused
from app.kit.i18n import Localized


class FileTooLarge(BodyTooLarge):
    """The file, what it unpacks to, or its sheet is beyond a stated limit."""

    code = "file-too-large"
    title = Localized(zh="文件过大", en="The file is too large")


class UnsupportedFile(AppError):
    """The file is no XLSX, CSV or NDJSON."""

    status = 415
    code = "unsupported-file"
    title = Localized(zh="不支持的文件格式", en="The format of the file is not supported")


class UnreadableFile(InvalidRequest):
    """The file as a whole cannot be taken; `errors` has the kind of fault."""

    code = "unreadable-file"
    title = Localized(zh="文件无法读取", en="The file cannot be read")


_TOO_LARGE = {
    FaultKind.FILE_TOO_LARGE,
    FaultKind.ARCHIVE_TOO_LARGE,
    FaultKind.SHEET_TOO_LARGE,
    FaultKind.TOO_MANY_COLUMNS,
}
_UNSUPPORTED = {FaultKind.WRONG_FORMAT, FaultKind.NOT_A_WORKBOOK}


def problem_of(refused: FileRefused) -> AppError:
    """Return the problem for a file that is refused as a whole."""
    kind: type[AppError] = UnreadableFile
    if refused.kind in _TOO_LARGE:
        kind = FileTooLarge
    elif refused.kind in _UNSUPPORTED:
        kind = UnsupportedFile
    detail = Localized(zh=refused.zh, en=refused.en)
    return kind(detail, errors=[ErrorItem(pointer="/body", code=refused.kind.value, detail=detail)])
