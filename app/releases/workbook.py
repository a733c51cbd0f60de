"""A release as a workbook: its contents, and a sheet for each field with a row for each service."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

import xlsxwriter

from app.releases import wording
from app.releases.documents import ReleasedPlatform, ReleasedService, ReleaseRead

_CELL_CHARACTERS = 32_767
_SHEET_NAME_CHARACTERS = 31
_CONTENTS = "目录"
_Service = ReleasedService | None


def _described(platform: ReleasedPlatform, service: _Service) -> str:
    if service is None:
        return "\n".join(f"{heading}：{text}" for heading, text in wording.prose(platform))
    return "" if service.description is None else service.description.zh


def _each(word: Callable[[wording.Part], str], values: Sequence[wording.Part]) -> str:
    return "\n".join(wording.each(word, values))


COLUMNS: Sequence[tuple[str, int, Callable[[ReleasedPlatform, _Service], object]]] = (
    ("平台名称", 32, lambda platform, _: platform.name.zh),
    ("平台类型", 14, lambda platform, _: wording.name(platform.kind)),
    ("级别", 10, lambda platform, _: wording.name(platform.tier)),
    ("认定日期", 12, lambda platform, _: platform.recognised_on),
    ("产业领域", 22, lambda platform, _: wording.names(platform.fields)),
    ("所在市", 12, lambda platform, _: wording.name(platform.place.city) or platform.place.written),
    ("所在县（市、区）", 14, lambda platform, _: wording.name(platform.place.county)),
    ("依托单位", 30, lambda platform, _: platform.operator and platform.operator.name.zh),
    ("统一社会信用代码", 22, lambda platform, _: platform.operator and platform.operator.credit_code),
    ("对外服务", 12, lambda platform, _: wording.OUTSIDERS[platform.serves_outsiders]),
    ("服务名称", 32, lambda _, service: service and service.title.zh),
    ("服务功能", 14, lambda _, service: service and wording.name(service.function)),
    ("服务内容", 48, _described),
    ("试验检测能力", 48, lambda _, service: service and _each(wording.capability, service.capabilities)),
    ("收费标准", 26, lambda _, service: service and _each(wording.price, service.prices)),
    ("承接周期（天）", 14, lambda _, service: service and service.lead_time_days),
    ("月服务能力", 12, lambda _, service: service and service.monthly_capacity),
    ("技术成熟度", 12, lambda _, service: service and wording.trl(service)),
    ("创新券", 10, lambda _, service: service and wording.voucher(service)),
    ("资质（发布日）", 48, lambda platform, _: _each(wording.accreditation, platform.accreditations)),
    ("联系方式", 30, lambda platform, _: _each(wording.contact, platform.contacts)),
    ("平台标识", 38, lambda platform, _: str(platform.id)),
)


def workbook_of(release: ReleaseRead) -> bytes:
    """Return the XLSX file; the same release gives the same bytes.

    Every text is a text, whatever it begins with: nothing that a platform wrote is a formula or a link.
    """
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": release.title, "created": datetime.combine(release.issued_on, time())})
    formats = _formats(book)
    contents = book.add_worksheet(_CONTENTS)
    taken = {_CONTENTS}
    sheets = []
    for line, entries in wording.by_field(release):
        sheets.append(_sheet_name(line.name.zh, taken))
        _write_field(book.add_worksheet(sheets[-1]), formats, entries)
    _write_contents(contents, formats, release, sheets)
    book.close()
    return buffer.getvalue()


def _formats(book: Any) -> Mapping[str, Any]:
    text = {"text_wrap": True, "valign": "top", "border": 1}
    return {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "heading": book.add_format(
            {"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "valign": "vcenter"}
        ),
        # With this mark a text stays one also when somebody edits its cell.
        "text": book.add_format({**text, "quote_prefix": True}),
        "number": book.add_format({**text, "num_format": "0"}),
        "date": book.add_format({**text, "num_format": "yyyy-mm-dd"}),
        "link": book.add_format({"font_color": "#0563C1", "underline": 1, "border": 1}),
    }


def _write_field(sheet: Any, formats: Mapping[str, Any], entries: Sequence[ReleasedPlatform]) -> None:
    headings = ("序号", *(heading for heading, _, _ in COLUMNS))
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, formats["heading"])
        sheet.set_column(column, column, 6 if column == 0 else COLUMNS[column - 1][1])
    row = 0
    for entry in entries:
        for service in entry.services or (None,):
            row += 1
            sheet.write_number(row, 0, row, formats["number"])
            for column, (_, _, value) in enumerate(COLUMNS, start=1):
                _write(sheet, row, column, value(entry, service), formats)
    # The first row and the name of the platform stay in sight.
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, row, len(headings) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write(sheet: Any, row: int, column: int, value: object, formats: Mapping[str, Any]) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, formats["text"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value, formats["number"])
    elif isinstance(value, str):
        sheet.write_string(row, column, _shortened(value), formats["text"])
    else:
        sheet.write_datetime(row, column, value, formats["date"])


def _write_contents(
    sheet: Any, formats: Mapping[str, Any], release: ReleaseRead, names: Sequence[str]
) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 70)
    sheet.write_string(0, 0, release.title, formats["title"])
    facts = (
        ("期号", f"第 {release.edition} 期"),
        ("发布日期", release.issued_on.isoformat()),
        ("发布部门", wording.issuer(release)),
        ("收录范围", wording.filter_words(release)),
        ("平台数", str(release.entry_count)),
        ("说明", release.note or ""),
        ("内容哈希（SHA-256）", release.content_hash),
    )
    row = 1
    for row, (heading, value) in enumerate(facts, start=2):
        sheet.write_string(row, 0, heading, formats["heading"])
        _write(sheet, row, 1, value, formats)
    row += 2
    sheet.write_string(row, 0, "领域", formats["heading"])
    sheet.write_string(row, 1, "平台数", formats["heading"])
    sheet.freeze_panes(1, 0)
    for place, (line, name) in enumerate(zip(release.contents, names, strict=True), start=row + 1):
        sheet.write_url(place, 0, f"internal:'{name}'!A1", formats["link"], line.name.zh)
        sheet.write_number(place, 1, line.entries, formats["number"])


def _shortened(text: str) -> str:
    return text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a name that a workbook allows and does not have yet."""
    plain = "".join(" " if character in "[]:*?/\\'" else character for character in wanted).strip() or "-"
    name, number = plain[:_SHEET_NAME_CHARACTERS], 1
    while name.lower() in taken:
        number += 1
        name = f"{plain[: _SHEET_NAME_CHARACTERS - 3]} {number}"
    taken.add(name.lower())
    return name
