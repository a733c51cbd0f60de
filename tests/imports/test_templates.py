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
from app.imports.item_rows import Vocabulary, read_equipment, read_services
from app.imports.reading import EXAMPLE_MARK, read_scope_lines
from app.imports.rows import Limits
from app.imports.scope_lines import ScopeLineRow
from app.imports.templates import (
    COLUMNS,
    EQUIPMENT_TEMPLATE,
    UNITS,
    Template,
    csv_template,
    service_template,
    workbook_template,
)
from app.kit.i18n import Localized
from app.vocabulary.names import Names
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


NAMES = Names(
    version=1,
    fields={"new_energy": Localized(zh="新能源", en="new energy")},
    functions={"test_inspection": Localized(zh="试验检测", en="testing")},
    terms={"battery_safety": Localized(zh="电池安全", en="battery safety")},
    regions={},
    places={},
    term_names={},
    same_term={},
    broader={},
)


def read_items(data: bytes, kind: str) -> list[Any]:
    options: dict[str, Any] = {"name": "", "media_type": "", "sheet": None, "limits": Limits()}
    if kind == "equipment":
        return [one.line for one in read_equipment(io.BytesIO(data), **options).outcomes if one.line]
    reading = read_services(io.BytesIO(data), Vocabulary(NAMES), **options)
    outcomes = list(reading.outcomes)
    assert [one.faults for one in outcomes if one.faults] == []
    return [one.line for one in outcomes if one.line]


SERVICE_TEMPLATE = service_template(["试验检测"], ["新能源"])


@pytest.mark.parametrize(
    ("template", "kind"), [(SERVICE_TEMPLATE, "services"), (EQUIPMENT_TEMPLATE, "equipment")]
)
def test_the_example_rows_of_services_and_equipment_are_no_data_but_would_be_good_ones(
    template: Template, kind: str
) -> None:
    for data in (csv_template(template), workbook_template(template)):
        with pytest.raises(FileRefused) as caught:
            read_items(data, kind)
        assert caught.value.kind is FaultKind.NO_DATA_ROWS
    data = csv_template(template).replace(EXAMPLE_MARK.encode(), "某某".encode())
    (document,) = read_items(data, kind)
    if kind == "services":
        assert (document.function, document.fields, document.lead_time_days) == (
            "test_inspection",
            ["new_energy"],
            15,
        )
        assert document.capabilities[0].term == "battery_safety"
        assert document.price_options[0].min_cny == "3000.00"
    else:
        assert (document.model, document.specs_zh) == (
            "YWX-750",
            "容积 750 L，室温～55 ℃；生产厂家：某某仪器公司；数量：2",
        )


def test_the_workbook_of_services_offers_functions_and_fields() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook_template(SERVICE_TEMPLATE))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        texts = archive.read("xl/sharedStrings.xml").decode()
    assert sheet.count("<dataValidation ") == 3
    assert "试验检测" in texts
    assert "新能源" in texts


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
