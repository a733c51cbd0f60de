"""A template that is filled in and sent back gives the rows that were filled in."""

import csv
import io
import zipfile
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from app.imports.faults import FaultKind, FileRefused
from app.imports.headings import LABELS
from app.imports.reading import read_scope_lines
from app.imports.scope_lines import ScopeLineRow
from app.imports.templates import COLUMNS, UNITS, csv_template, workbook_template
from app.vocabulary.units import canonical_unit


def test_the_example_row_is_no_data() -> None:
    for template in (csv_template(), workbook_template()):
        with pytest.raises(FileRefused) as caught:
            list(read_scope_lines(io.BytesIO(template)).outcomes)
        assert caught.value.kind is FaultKind.NO_DATA_ROWS


def test_the_workbook_has_lists_notes_and_the_columns_of_the_csv() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook_template())) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
        texts = archive.read("xl/sharedStrings.xml").decode()
    assert "<dataValidation " in sheet
    assert "填写说明" in book
    headings = next(csv.reader(io.StringIO(csv_template().decode("utf-8-sig"))))
    assert headings == [LABELS[column][0] for column in COLUMNS]
    assert all(f">{heading}<" in texts for heading in headings)


def test_every_unit_of_the_list_is_known() -> None:
    assert [unit for unit in UNITS if not canonical_unit(unit).known] == []


words = st.text(alphabet="电池模组压力温度AbC", min_size=2, max_size=12)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "object": words,
            "parameter": words,
            "low": st.one_of(st.none(), st.integers(0, 500)),
            "high": st.one_of(st.none(), st.integers(500, 10_000)),
            "unit": st.sampled_from(["kV", "mm", "mg/L", "Hz"]),
            "restriction": st.one_of(st.none(), st.sampled_from(["只做中性", "不做电池簇", "部分参数"])),
            "day": st.one_of(st.none(), st.dates()),
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: (one["object"].lower(), one["parameter"].lower()),
)


def filled(one: dict[str, Any]) -> list[Any]:
    day = (
        one["day"]
        and one["day"].replace(year=2020 + one["day"].year % 10, day=min(one["day"].day, 28)).isoformat()
    )
    return [None, one["object"], one["parameter"], "GB/T 2423.1-2008", None, None, one["low"], one["high"], one["unit"],
            one["restriction"], day]  # fmt: skip


def assert_same(line: ScopeLineRow | None, one: dict[str, Any]) -> None:
    assert line is not None
    assert (line.object, line.parameter, line.restriction) == (
        one["object"],
        one["parameter"],
        one["restriction"],
    )
    assert (line.effective_date and line.effective_date.isoformat()) == filled(one)[-1]
    if one["low"] is None and one["high"] is None:
        assert line.range is None
    else:
        assert line.range is not None
        assert (line.range.min, line.range.max) == (one["low"], one["high"])
        assert line.range.unit == one["unit"]


@given(given_rows=rows)
def test_what_is_filled_in_comes_back(given_rows: list[dict[str, Any]]) -> None:
    headings = [LABELS[column][0] for column in COLUMNS]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headings, *map(filled, given_rows)])
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, cells in enumerate([headings, *map(filled, given_rows)]):
        sheet.write_row(number, 0, cells)
    book.close()
    for data in (text.getvalue().encode("gb18030"), buffer.getvalue()):
        outcomes = list(read_scope_lines(io.BytesIO(data)).outcomes)
        for outcome, one in zip(outcomes, given_rows, strict=True):
            assert_same(outcome.line, one)
