"""Templates to fill in: a workbook with drop-down lists, notes and an example row, and the same columns as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from app.imports.headings import SCOPE_LINES, Column, Headings
from app.imports.item_headings import EQUIPMENT, SERVICES
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
_LINE_EXAMPLE = (
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
_COMMON_NOTES = (
    ("公式", "不读取公式，请粘贴为数值。 Formulas are not read; paste their values."),
    ("示例行", "第一格写有“示例”的那一行不会导入。 The row marked as an example is not imported."),
)
_LINE_NOTES = (
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
    *_COMMON_NOTES,
)


@dataclass(frozen=True)
class Template:
    """What a template has: columns with one example row, notes, and drop-down lists by column."""

    sheet: str
    headings: Headings
    columns: Sequence[Column]
    example: Sequence[str | int]
    notes: Sequence[tuple[str, str]]
    lists: Mapping[Column, Sequence[str]]


SCOPE_LINE_TEMPLATE = Template(
    "能力范围", SCOPE_LINES, COLUMNS, _LINE_EXAMPLE, _LINE_NOTES, {Column.UNIT: UNITS}
)
EQUIPMENT_TEMPLATE = Template(
    "设备",
    EQUIPMENT,
    (Column.NAME, Column.MODEL, Column.SPECS, Column.RANGE, Column.MAKER, Column.QUANTITY),
    (EXAMPLE_MARK, "YWX-750", "容积 750 L，室温～55 ℃", "", "某某仪器公司", 2),
    (
        ("必填列", "设备名称，以及型号或技术指标。 Name, and model or specs."),
        ("同一设备", "名称和型号相同的行视为同一设备。 Rows of one name and model are one device."),
        *_COMMON_NOTES,
    ),
    {},
)


def service_template(functions: Sequence[str], fields: Sequence[str]) -> Template:
    """Return the template of services; functions and fields are offered by name."""
    return Template(
        "服务",
        SERVICES,
        (
            Column.TITLE,
            Column.FUNCTION,
            Column.FIELD,
            Column.DESCRIPTION,
            Column.TERM,
            Column.OBJECT,
            Column.PARAMETER,
            Column.STANDARD,
            Column.RANGE,
            Column.PRICE,
            Column.LEAD_TIME,
            Column.CAPACITY,
            Column.ENTRY_TRL,
            Column.EXIT_TRL,
            Column.VOUCHER,
            Column.DELIVERABLES,
        ),
        (
            EXAMPLE_MARK,
            "试验检测",
            "新能源",
            "按国家标准做单体和模组的安全试验",
            "电池安全",
            "动力蓄电池单体",
            "过充电",
            "GB 38031-2020",
            "(0～500)V",
            "3000元/样",
            15,
            30,
            4,
            7,
            "是",
            "检测报告",
        ),
        (
            ("必填列", "服务名称、服务功能。 Needed: title and function."),
            ("多项能力", "同一服务的其他能力或价格另起一行，重复服务名称和服务功能即可。"),
            (
                "Capabilities",
                "Each further capability or fee on a row of its own, with title and function again.",
            ),
            ("收费标准", "如 3000元/项、3000-5000元/样、1.2万元起、面议。"),
            ("Price", "In CNY: 3000元/项, 3000-5000元/样, 1.2万元起; 面议 for negotiable."),
            (
                "服务周期",
                "日历天数；也可写 10个工作日、2周。 Calendar days; working days and weeks are converted.",
            ),
            *_COMMON_NOTES,
        ),
        {Column.FUNCTION: functions, Column.FIELD: fields, Column.VOUCHER: ("是", "否")},
    )


_ROWS_WITH_LIST = 5000
SHEET = SCOPE_LINE_TEMPLATE.sheet


def workbook_template(template: Template = SCOPE_LINE_TEMPLATE) -> bytes:
    """Return the XLSX template."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet, notes = (book.add_worksheet(name) for name in (template.sheet, "填写说明"))
    bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
    needed = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1, "text_wrap": True})
    grey, day = book.add_format({"font_color": "#808080"}), book.add_format({"num_format": "yyyy-mm-dd"})
    as_text = book.add_format({"num_format": "@"})
    for index, column in enumerate(template.columns):
        is_needed = column in template.headings.needed
        sheet.write_string(0, index, template.headings.labels[column][0], needed if is_needed else bold)
        shown_as = {Column.EFFECTIVE_DATE: day, Column.CLAUSE: as_text, Column.STANDARD: as_text}.get(column)
        sheet.set_column(index, index, 18, shown_as)
        value = template.example[index]
        if isinstance(value, str):
            sheet.write_string(1, index, value, grey)
        else:
            sheet.write_number(1, index, value, grey)
    sheet.freeze_panes(1, 0)
    _add_lists(book, sheet, template)
    notes.set_column(0, 0, 14)
    notes.set_column(1, 2, 70)
    for number, texts in enumerate(template.notes):
        notes.write_row(number, 0, texts)
    book.close()
    return buffer.getvalue()


def _add_lists(book: xlsxwriter.Workbook, sheet: Any, template: Template) -> None:
    """Offer values in drop-down lists, from a hidden sheet; other values may be typed."""
    if not template.lists:
        return
    lists = book.add_worksheet("选项")
    lists.hide()
    for place, (column, offered) in enumerate(template.lists.items()):
        lists.write_column(0, place, offered)
        letter = chr(ord("A") + place)
        source = f"=选项!${letter}$1:${letter}${len(offered)}"
        index = template.columns.index(column)
        rule = {"validate": "list", "source": source, "error_type": "information"}
        sheet.data_validation(1, index, _ROWS_WITH_LIST, index, rule)


def csv_template(template: Template = SCOPE_LINE_TEMPLATE) -> bytes:
    """Return the CSV template: UTF-8 with BOM, so that spreadsheets tell its encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([template.headings.labels[column][0] for column in template.columns])
    writer.writerow(template.example)
    return text.getvalue().encode("utf-8-sig")
