"""A platform's scope as it lies in its drawer: a workbook of thousands of rows, some of them wrong."""

import io

import xlsxwriter

HEADINGS = (
    "检测对象",
    "项目/参数",
    "标准编号",
    "条款",
    "范围下限",
    "范围上限",
    "单位",
    "限制范围",
    "生效日期",
)
MARKER = "甬江示范"
"""Stands in every object, so that the rows can be told from those of others."""
_FAULTS = (
    ("检测对象", ""),
    ("标准编号", "见附件"),
    ("单位", "kQz"),
    ("范围下限", "约五十"),
    ("生效日期", "2026-13-40"),
)
"""What people get wrong, by heading."""


def scope_workbook(rows: int, *, faulty: int = 0) -> bytes:
    """Return an XLSX file with so many rows; every `rows // faulty`-th has one fault. It is the same at every call."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("能力范围")
        sheet.write_row(0, 0, HEADINGS)
        for number in range(rows):
            row = _row(number)
            if faulty and number % (rows // faulty) == 0 and number // (rows // faulty) < faulty:
                heading, wrong = _FAULTS[number // (rows // faulty) % len(_FAULTS)]
                row[HEADINGS.index(heading)] = wrong
            sheet.write_row(number + 1, 0, row)
    return out.getvalue()


def _row(number: int) -> list[str | float]:
    return [
        f"{MARKER}样品{number:05}",
        "盐雾试验",
        "GB/T 2423.17-2008" if number % 2 else "gb/t2423.17—2008",
        "",
        16,
        96 + number % 400,
        "h",
        "只测中性盐雾" if number % 7 == 0 else "",
        "2025-06-01",
    ]
