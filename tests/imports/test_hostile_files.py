"""Files made to break a reader: each is refused or read, within little memory and time."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.imports.faults import FaultKind, FileRefused
from app.imports.reading import read_scope_lines
from app.migrations import ROOT
from tests.imports.makers import HEADINGS, bare_workbook, row, sheet_xml, workbook


def refusal(data: bytes) -> FaultKind:
    with pytest.raises(FileRefused) as caught:
        list(read_scope_lines(io.BytesIO(data), name="a.xlsx").outcomes)
    return caught.value.kind


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_cell_in_the_far_corner_costs_nothing() -> None:
    data = bare_workbook(sheet_xml(f'<row r="1048576">{inline("XFD1048576", "x")}</row>'))
    assert len(data) < 3000
    assert refusal(data) is FaultKind.SHEET_TOO_LARGE


def test_a_far_cell_under_a_good_table_refuses_the_sheet() -> None:
    heading = "".join(inline(f"{chr(65 + index)}1", text) for index, text in enumerate(HEADINGS))
    far = f'<row r="1">{heading}</row><row r="1048576">{inline("A1048576", "x")}</row>'
    assert refusal(bare_workbook(sheet_xml(far))) is FaultKind.SHEET_TOO_LARGE


def test_a_declared_extent_is_not_believed() -> None:
    cells = "".join(
        f'<row r="{number}">'
        + "".join(inline(f"{chr(65 + index)}{number}", str(cell)) for index, cell in enumerate(cells))
        + "</row>"
        for number, cells in enumerate((HEADINGS, row()), 1)
    )
    xml = f'<worksheet><dimension ref="A1:XFD1048576"/><sheetData>{cells}</sheetData></worksheet>'
    (outcome,) = read_scope_lines(io.BytesIO(bare_workbook(xml))).outcomes
    assert outcome.line is not None


def test_a_zip_bomb_is_refused_by_what_it_declares() -> None:
    buffer = io.BytesIO(bare_workbook(sheet_xml("")))
    with (
        zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/bomb.xml", "w") as part,
    ):
        for _ in range(450):
            part.write(b" " * (1 << 20))
    assert refusal(buffer.getvalue()) is FaultKind.ARCHIVE_TOO_LARGE


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + sheet_xml(
        f'<row r="1">{inline("A1", "&b;")}</row>'
    )
    assert refusal(bare_workbook(bomb)) is FaultKind.BROKEN_ARCHIVE


def test_a_document_of_another_kind_in_a_zip_is_no_workbook() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert refusal(buffer.getvalue()) is FaultKind.NOT_A_WORKBOOK


def test_a_merged_area_over_the_whole_grid_is_no_problem() -> None:
    data = workbook({"S": [HEADINGS, row()]})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    merge = b'</sheetData><mergeCells><mergeCell ref="A3:XFD1048576"/></mergeCells>'
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", merge)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    (outcome,) = read_scope_lines(buffer).outcomes
    assert outcome.line is not None


_IN_LITTLE_MEMORY = """
import json, resource, sys
from app.imports.faults import FileRefused
from app.imports.reading import read_scope_lines
from app.imports.rows import Limits
import app.vocabulary.units as units
units.canonical_unit("V")
limit = 400 * 1024 * 1024
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
answers = []
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        try:
            reading = read_scope_lines(file, name=name, limits=Limits(file_bytes=1 << 30))
            answers.append(sum(outcome.line is not None for outcome in reading.outcomes))
        except FileRefused as refused:
            answers.append(str(refused.kind))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([answers, int(peak.split()[1]) // 1024]))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """30,000 rows as XLSX and as CSV, and a file of one line of 60 MB, within 400 MB of addresses."""
    rows = [
        HEADINGS,
        *(row(检测对象=f"对象{number}", 标准名称=f"名称{number}" * 5) for number in range(30_000)),
    ]
    (tmp_path / "many.xlsx").write_bytes(workbook({"S": rows}))
    (tmp_path / "many.csv").write_text(
        "\n".join(",".join(map(str, cells)) for cells in rows), encoding="utf-8"
    )
    (tmp_path / "line.ndjson").write_bytes(b'{"object": "' + b"x" * 60_000_000 + b'"}')
    (tmp_path / "quote.csv").write_bytes(",".join(HEADINGS).encode() + b'\n"' + b"x,\n" * 20_000_000)
    names = [str(tmp_path / name) for name in ("many.xlsx", "many.csv", "line.ndjson", "quote.csv")]
    done = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY, *names],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers, peak_mb = json.loads(done.stdout)
    assert answers == [30_000, 30_000, 0, 0]
    assert peak_mb < 250
