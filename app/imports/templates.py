"""Templates to fill in: a workbook with drop-down lists, notes and an example row, and the same columns as CSV."""

import csv
import io
from collections.abc import Sequence

import xlsxwriter

from app.imports.headings import LABELS, NEEDED, Column
from app.imports.reading import EXAMPLE_MARK

COLUMNS: Sequence[Column] = (
    Column.SITE,
    Column.OBJECT,
    Column.PARAMETER,
    Column.STANDARD,
    Column.STANDARD_TITLE,
    Column.CLAUSE,
    Column.RANGE_MIN,
    Column.RANGE_MAX,
    Column.UNIT,
    Column.RESTRICTION,
    Column.EFFECTIVE_DATE,
)
UNITS = [
    "℃",
    "K",
    "%RH",
    "%",
    "mg/kg",
    "mg/L",
    "μg/L",
    "mm",
    "μm",
    "nm",
    "m",
    "g",
    "kg",
    "N",
    "kN",
    "N·m",
    "Pa",
    "kPa",
    "MPa",
    "V",
    "kV",
    "A",
    "mA",
    "Hz",
    "kHz",
    "MHz",
    "GHz",
    "Ω",
    "MΩ",
    "W",
    "kW",
    "Ah",
    "s",
    "min",
    "h",
    "m/s",
    "m/s²",
    "r/min",
    "J",
    "dB",
    "dB(A)",
    "pH",
    "lx",
    "ppm",
    "次",
]
"""Units offered in the drop-down list; any other known unit may be typed."""
_EXAMPLE = (
    EXAMPLE_MARK,
    "电工电子产品",
    "低温试验",
    "GB/T 2423.1-2008",
    "电工电子产品环境试验 第2部分:试验方法 试验A:低温",
    "5",
    -70,
    25,
    "℃",
    "箱内容积不大于1 m³",
    "2024-05-20",
)
_NOTES = (
    ("必填列", "检测对象、项目/参数、标准编号。其余可以留空。"),
    ("Needed", "Object, parameter, standard; the rest may be blank."),
    ("标准编号", "每行一个，任何写法都可以，最好带年号。"),
    ("Standard", "One a row, in any spelling, if possible with its year."),
    ("范围", "写下限、上限和单位；只有一端时另一端留空。也可以把整个范围写进“范围下限”。"),
    ("Range", "Lower end, upper end, unit; leave an open end blank. A whole range may stand in the first."),
    ("单位", "可以从下拉列表选，也可以写列表以外的单位。"),
    ("Unit", "Pick from the list or type another unit."),
    ("限制范围", "证书上的“说明”照抄，如 只做中性；没有限制则留空。"),
    ("Restriction", "As the certificate says it; blank where nothing is limited."),
    ("生效日期", "写成 2024-05-20。 Effective date: write 2024-05-20."),
    ("公式", "不读取公式，请粘贴为数值。 Formulas are not read; paste their values."),
    ("示例行", "第一格写有“示例”的那一行不会导入。 The row marked as an example is not imported."),
)
_ROWS_WITH_LIST = 5000
SHEET = "能力范围"


def workbook_template() -> bytes:
    """Return the XLSX template."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet, notes, lists = (book.add_worksheet(name) for name in (SHEET, "填写说明", "单位"))
    lists.hide()
    bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
    needed = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1, "text_wrap": True})
    grey, day = book.add_format({"font_color": "#808080"}), book.add_format({"num_format": "yyyy-mm-dd"})
    as_text = book.add_format({"num_format": "@"})
    for index, column in enumerate(COLUMNS):
        sheet.write_string(0, index, LABELS[column][0], needed if column in NEEDED else bold)
        shown_as = {Column.EFFECTIVE_DATE: day, Column.CLAUSE: as_text, Column.STANDARD: as_text}.get(column)
        sheet.set_column(index, index, 18, shown_as)
        value = _EXAMPLE[index]
        if isinstance(value, str):
            sheet.write_string(1, index, value, grey)
        else:
            sheet.write_number(1, index, value, grey)
    sheet.freeze_panes(1, 0)
    lists.write_column(0, 0, UNITS)
    unit = COLUMNS.index(Column.UNIT)
    offered = {"validate": "list", "source": f"=单位!$A$1:$A${len(UNITS)}", "error_type": "information"}
    sheet.data_validation(1, unit, _ROWS_WITH_LIST, unit, offered)
    notes.set_column(0, 0, 14)
    notes.set_column(1, 2, 70)
    for index, texts in enumerate(_NOTES):
        notes.write_row(index, 0, texts)
    book.close()
    return buffer.getvalue()


def csv_template() -> bytes:
    """Return the CSV template: UTF-8 with BOM, so that spreadsheets tell its encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([LABELS[column][0] for column in COLUMNS])
    writer.writerow(_EXAMPLE)
    return text.getvalue().encode("utf-8-sig")
