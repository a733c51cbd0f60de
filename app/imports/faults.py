"""What can be wrong with a file or a row, by stable kinds, in words a person understands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """Stable codes of faults. The last group refuses the whole file."""

    MISSING_OBJECT = "missing_object"
    MISSING_PARAMETER = "missing_parameter"
    MISSING_STANDARD = "missing_standard"
    NOT_A_STANDARD = "not_a_standard"
    SEVERAL_STANDARDS = "several_standards"
    NOT_A_NUMBER = "not_a_number"
    MIN_GREATER_THAN_MAX = "min_greater_than_max"
    RANGE_AMBIGUOUS = "range_ambiguous"
    MISSING_UNIT = "missing_unit"
    UNKNOWN_UNIT = "unknown_unit"
    UNIT_MISMATCH = "unit_mismatch"
    INVALID_DATE = "invalid_date"
    AMBIGUOUS_DATE = "ambiguous_date"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    INVALID_UNICODE = "invalid_unicode"
    FORMULA = "formula"
    CELL_ERROR = "cell_error"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    CONFLICTING_DUPLICATE = "conflicting_duplicate"
    WRONG_TYPE = "wrong_type"
    INVALID_JSON = "invalid_json"
    NOT_AN_OBJECT = "not_an_object"
    TOO_MANY_CELLS = "too_many_cells"
    UNCLOSED_QUOTE = "unclosed_quote"
    BAD_ENCODING = "bad_encoding"
    UNKNOWN_SITE = "unknown_site"
    MISSING_TITLE = "missing_title"
    MISSING_FUNCTION = "missing_function"
    MISSING_NAME = "missing_name"
    UNKNOWN_FUNCTION = "unknown_function"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_TERM = "unknown_term"
    PRICE_UNCLEAR = "price_unclear"
    DURATION_UNCLEAR = "duration_unclear"
    INVALID_VALUE = "invalid_value"
    CANNOT_BE_KEPT = "cannot_be_kept"
    HEADING_MISSING = "heading_missing"
    DUPLICATE_HEADING = "duplicate_heading"
    NO_DATA_ROWS = "no_data_rows"
    EMPTY_FILE = "empty_file"
    NOT_A_WORKBOOK = "not_a_workbook"
    BROKEN_ARCHIVE = "broken_archive"
    WRONG_FORMAT = "wrong_format"
    TOO_MANY_COLUMNS = "too_many_columns"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    SHEET_TOO_LARGE = "sheet_too_large"
    FILE_TOO_LARGE = "file_too_large"


OF_ITEMS = frozenset(
    {
        FaultKind.MISSING_TITLE,
        FaultKind.MISSING_FUNCTION,
        FaultKind.MISSING_NAME,
        FaultKind.UNKNOWN_FUNCTION,
        FaultKind.UNKNOWN_FIELD,
        FaultKind.UNKNOWN_TERM,
        FaultKind.PRICE_UNCLEAR,
        FaultKind.DURATION_UNCLEAR,
        FaultKind.INVALID_VALUE,
        FaultKind.CANNOT_BE_KEPT,
    }
)
"""Faults that only rows of services and equipment have."""

WORDS: Mapping[FaultKind, tuple[str, str]] = {
    FaultKind.MISSING_OBJECT: ("缺少检测对象", "The object is missing"),
    FaultKind.MISSING_PARAMETER: ("缺少项目/参数", "The parameter is missing"),
    FaultKind.MISSING_STANDARD: ("缺少标准编号", "The standard number is missing"),
    FaultKind.NOT_A_STANDARD: ("读不出标准编号", "No standard number can be read"),
    FaultKind.SEVERAL_STANDARDS: (
        "一个单元格里有多个标准编号，请每行只写一个",
        "Several standard numbers in one cell; write one a row",
    ),
    FaultKind.NOT_A_NUMBER: ("不是有限的数值", "Not a finite number"),
    FaultKind.MIN_GREATER_THAN_MAX: ("下限大于上限", "The lower end is above the upper end"),
    FaultKind.RANGE_AMBIGUOUS: ("读不出唯一的范围", "No single range can be read"),
    FaultKind.MISSING_UNIT: ("有数值而没有单位", "Numbers without a unit"),
    FaultKind.UNKNOWN_UNIT: ("无法识别的单位", "An unknown unit"),
    FaultKind.UNIT_MISMATCH: ("单位互相矛盾", "The units contradict each other"),
    FaultKind.INVALID_DATE: ("不是有效的日期", "Not a valid date"),
    FaultKind.AMBIGUOUS_DATE: (
        "日期有多种读法，请写成 2024-05-20",
        "The date can be read in several ways; write 2024-05-20",
    ),
    FaultKind.TOO_LONG: ("文字过长", "The text is too long"),
    FaultKind.CONTROL_CHARACTER: ("含有不允许的控制字符", "Holds control characters, which are not allowed"),
    FaultKind.INVALID_UNICODE: ("含有损坏的字符", "Holds damaged characters"),
    FaultKind.FORMULA: ("是公式；请粘贴为数值或文字", "A formula; paste its value in its place"),
    FaultKind.CELL_ERROR: ("单元格是错误值", "The cell holds an error value"),
    FaultKind.DUPLICATE_IN_FILE: ("与前面的行重复", "Repeats an earlier row"),
    FaultKind.CONFLICTING_DUPLICATE: (
        "与前面的行是同一能力，但内容不同",
        "The same ability as an earlier row, with other content",
    ),
    FaultKind.WRONG_TYPE: ("应为文字或数值", "Text or a number belongs here"),
    FaultKind.INVALID_JSON: ("这一行不是有效的 JSON", "The line is not valid JSON"),
    FaultKind.NOT_AN_OBJECT: ("这一行不是 JSON 对象", "The line is not a JSON object"),
    FaultKind.TOO_MANY_CELLS: (
        "单元格多于表头；含逗号的文字请加引号",
        "More cells than headings; put texts that hold the separator in quotes",
    ),
    FaultKind.UNCLOSED_QUOTE: (
        "引号没有配对；这一行以及被它吞入的各行没有读取",
        "A quote is not closed; this row and those it swallowed were not read",
    ),
    FaultKind.BAD_ENCODING: (
        "含有不属于文件编码的字节",
        "Holds bytes that are no text in the file's encoding",
    ),
    FaultKind.UNKNOWN_SITE: ("证书上没有这个场所", "There is no such site on the certificate"),
    FaultKind.MISSING_TITLE: ("缺少服务名称", "The title of the service is missing"),
    FaultKind.MISSING_FUNCTION: ("缺少服务功能", "The function of the service is missing"),
    FaultKind.MISSING_NAME: ("缺少设备名称", "The name of the equipment is missing"),
    FaultKind.UNKNOWN_FUNCTION: ("没有这项服务功能", "There is no such service function"),
    FaultKind.UNKNOWN_FIELD: ("没有这个产业领域", "There is no such field of industry"),
    FaultKind.UNKNOWN_TERM: ("没有这个能力术语", "There is no such capability term"),
    FaultKind.PRICE_UNCLEAR: (
        "读不出唯一的价格，请写成 3000元/项、3000-5000元/项、3000元起 或 面议",
        "No single fee can be read; write 3000元/项, 3000-5000元/项, 3000元起 or 面议",
    ),
    FaultKind.DURATION_UNCLEAR: (
        "读不出周期，请写成天数，如 15天 或 10个工作日",
        "No lead time can be read; write it in days, such as 15天 or 10个工作日",
    ),
    FaultKind.INVALID_VALUE: ("不是允许的值", "Not a value that is allowed here"),
    FaultKind.CANNOT_BE_KEPT: (
        "服务的能力不能带限制或条款，请写入服务说明或作为能力范围申报",
        "A capability of a service keeps no limit or clause; put it in the description or list it as a scope line",
    ),
    FaultKind.HEADING_MISSING: ("找不到表头", "No heading row was found"),
    FaultKind.DUPLICATE_HEADING: ("表头重复", "One heading stands twice"),
    FaultKind.NO_DATA_ROWS: ("只有表头，没有数据", "There are headings and no data"),
    FaultKind.EMPTY_FILE: ("文件是空的", "The file is empty"),
    FaultKind.NOT_A_WORKBOOK: ("文件不是 XLSX 工作簿", "The file is no XLSX workbook"),
    FaultKind.BROKEN_ARCHIVE: ("XLSX 文件已损坏或不完整", "The XLSX file is damaged or cut off"),
    FaultKind.WRONG_FORMAT: (
        "不支持的格式；请使用 XLSX、CSV 或 NDJSON",
        "A format that is not offered; use XLSX, CSV or NDJSON",
    ),
    FaultKind.TOO_MANY_COLUMNS: ("列数过多", "Too many columns"),
    FaultKind.ARCHIVE_TOO_LARGE: ("解压后过大", "Unpacks to more than is accepted"),
    FaultKind.SHEET_TOO_LARGE: ("工作表的范围过大", "The used area of the sheet is too large"),
    FaultKind.FILE_TOO_LARGE: ("文件过大", "The file is too large"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a row: the row and column that a person sees, and how it may be mended.

    `column` is the heading as it stands in the file, or its usual name where the file has no such column.
    """

    row: int
    column: str | None
    kind: FaultKind
    zh: str
    en: str
    nearest: str | None = None
    earlier_row: int | None = None
    """For duplicates: the row that this one repeats or contradicts."""


def fault(
    row: int,
    column: str | None,
    kind: FaultKind,
    *,
    shown: str = "",
    nearest: str | None = None,
    earlier_row: int | None = None,
) -> Fault:
    """Make a fault with the usual words for its kind; `shown` is what was found there."""
    zh, en = WORDS[kind]
    if shown:
        short = shown if len(shown) <= 60 else shown[:60] + "…"
        zh, en = f"{zh}：{short}", f"{en}: {short}"
    return Fault(row, column, kind, zh, en, nearest, earlier_row)


class FileRefused(Exception):
    """The whole file cannot be taken; nothing of it is stored."""

    def __init__(self, kind: FaultKind, zh: str = "", en: str = "") -> None:
        words = WORDS[kind]
        self.kind = kind
        self.zh = f"{words[0]}（{zh}）" if zh else words[0]
        self.en = f"{words[1]} ({en})" if en else words[1]
        super().__init__(self.en)
