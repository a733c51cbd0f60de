"""Makes files of scope lines for tests, whole and hostile ones."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

HEADINGS = (
    "检测对象",
    "项目/参数",
    "标准编号",
    "标准名称",
    "条款",
    "范围下限",
    "范围上限",
    "单位",
    "限制范围",
    "生效日期",
)
GOOD: Mapping[str, Any] = {
    "检测对象": "电工电子产品",
    "项目/参数": "低温试验",
    "标准编号": "GB/T 2423.1-2008",
    "标准名称": "环境试验 试验A",
    "条款": "5",
    "范围下限": "-70",
    "范围上限": "25",
    "单位": "℃",
    "限制范围": "箱内容积不大于1 m³",
    "生效日期": "2024-05-20",
}


def row(**changes: Any) -> list[Any]:
    """Return the cells of the good row under HEADINGS, some of them changed; keys are headings."""
    assert set(changes) <= set(HEADINGS)
    return [{**GOOD, **changes}[heading] for heading in HEADINGS]


def csv_bytes(rows: Sequence[Sequence[Any]], *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def json_bytes(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in rows).encode()


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], *, hidden: Sequence[str] = (),
             merged: Sequence[str] = (), formats: Mapping[tuple[int, int], str] | None = None) -> bytes:  # fmt: skip
    """Make a workbook; texts that begin with `=` are formulas. `formats`: number format by (row, column) from 0."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            for index, cell in enumerate(cells):
                code = (formats or {}).get((number, index))
                shown_as = book.add_format({"num_format": code}) if code else None
                if cell is not None:
                    sheet.write(number, index, cell, shown_as)
        for area in merged:
            first, last = area.split(":")
            sheet.merge_range(f"{first}:{last}", "")
            cell = xlsxwriter.utility.xl_cell_to_rowcol(first)
            sheet.write(*cell, rows[cell[0]][cell[1]])
        if name in hidden:
            sheet.hide()
        else:
            sheet.activate()
    book.close()
    return buffer.getvalue()


_PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": (
        '<Relationships><Relationship Id="r1" Target="xl/workbook.xml" Type="x/officeDocument"/></Relationships>'
    ),
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": (
        '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml" Type="x/worksheet"/></Relationships>'
    ),
}


def bare_workbook(sheet_xml: str, **more: str) -> bytes:
    """Make a workbook of one hand-written sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet_xml, **more}.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def sheet_xml(rows: str) -> str:
    return f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
