"""The forms of a release: JSON, lines, workbook, page; lists and what caches may keep."""

import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Contact, Platform, Service
from tests.factories.registry import make_service
from tests.releases.conftest import PATH, Publishers, issue, make_real

Full = tuple[Platform, Service]
FORMS = ("", ".xlsx", ".ndjson", ".html")
NASTY = '=HYPERLINK("http://evil.example","<script>alert(1)</script>")&_x0041_'
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class Outline(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


class Book:
    """A workbook read as the XML that it is."""

    def __init__(self, content: bytes) -> None:
        self.parts = zipfile.ZipFile(io.BytesIO(content))
        book = self.xml("xl/workbook.xml")
        self.sheets = [sheet.attrib["name"] for sheet in book.iter(f"{MAIN}sheet")]
        self.shared = [
            # What looks like an escaped character is escaped itself.
            "".join(text.text or "" for text in item.iter(f"{MAIN}t")).replace("_x005F_", "_")
            for item in self.xml("xl/sharedStrings.xml").iter(f"{MAIN}si")
        ]

    def xml(self, name: str) -> ET.Element:
        return ET.fromstring(self.parts.read(name))

    def sheet(self, name: str) -> ET.Element:
        return self.xml(f"xl/worksheets/sheet{self.sheets.index(name) + 1}.xml")

    def rows(self, name: str) -> list[list[str]]:
        return [[self.value(cell) for cell in row] for row in self.sheet(name).iter(f"{MAIN}row")]

    def value(self, cell: ET.Element) -> str:
        value = cell.find(f"{MAIN}v")
        text = "" if value is None else value.text or ""
        return self.shared[int(text)] if cell.get("t") == "s" else text


@pytest.fixture
async def issued(full: Full, publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient) -> Any:
    """An edition with the full platform, one whose texts are nasty, and one without services or field."""
    nasty = await make_real(session, "nasty", name_zh=NASTY, summary_zh=NASTY, fields=("new_energy",))
    await make_service(session, nasty, title_zh="+1", title_en=NASTY, description_zh="@SUM(1)", price=None)
    assert nasty.id is not None
    session.add(Contact(platform_id=nasty.id, position=1, name_zh="联系", url="javascript:alert(1)"))
    await make_real(
        session, "bare", name_zh="只有文字的平台", fields=(), prose={"services": ["小试", "中试"]}
    )
    await session.commit()
    return await issue(client, publishers.both, title="目录 <b>2026</b>", note="=1+1")


async def test_the_workbook_has_contents_and_a_sheet_for_each_field(
    issued: Any, client: httpx.AsyncClient
) -> None:
    answer = await client.get(f"{PATH}/1.xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="catalogue-release-1.xlsx"'
    book = Book(answer.content)
    assert book.sheets == ["目录", "新能源", "机器人", "未标注领域"]
    contents = book.rows("目录")
    assert contents[0] == ["目录 <b>2026</b>"]
    assert ["期号", "第 1 期"] in contents
    assert ["发布部门", "浙江省科学技术厅、浙江省经济和信息化厅"] in contents
    assert ["内容哈希（SHA-256）", issued["content_hash"]] in contents
    assert contents[-3:] == [["新能源", "2"], ["机器人", "1"], ["未标注领域", "1"]]
    heading, *rows = book.rows("新能源")
    assert heading[:4] == ["序号", "平台名称", "平台类型", "级别"]
    by_name = {row[1]: dict(zip(heading, row, strict=True)) for row in rows}
    assert by_name.keys() == {"动力电池中试平台", NASTY}
    full = by_name["动力电池中试平台"]
    assert full["级别"] == "省级"
    assert full["产业领域"] == "新能源、机器人"
    assert (full["所在市"], full["所在县（市、区）"]) == ("杭州市", "余杭区")
    assert full["收费标准"] == (
        "3000.00～4500.50 元/项（至 2026-12-31）\n2800.00 元/项（至 2026-11-30，发布日不在有效期内）"
    )
    assert "CNAS L1234：有效（已核验，有效期 2024-05-01 至 2030-04-30；能力 1 项）" in full["资质（发布日）"]
    assert "CNAS L5678：过期（自行申报" in full["资质（发布日）"]
    assert full["承接周期（天）"] == "20"
    (bare,) = book.rows("未标注领域")[1:]
    assert bare[heading.index("服务内容")] == "服务：小试；中试"


async def test_the_workbook_is_easy_to_use_and_runs_nothing(issued: Any, client: httpx.AsyncClient) -> None:
    content = (await client.get(f"{PATH}/1.xlsx")).content
    book = Book(content)
    for name in book.sheets[1:]:
        sheet = book.sheet(name)
        (pane,) = sheet.iter(f"{MAIN}pane")
        assert (pane.get("state"), pane.get("xSplit"), pane.get("ySplit")) == ("frozen", "2", "1")
        (autofilter,) = sheet.iter(f"{MAIN}autoFilter")
        assert autofilter.attrib["ref"].startswith("A1:W")
    everything = "".join(book.parts.read(name).decode() for name in book.parts.namelist())
    assert "<f>" not in everything
    assert "http://evil" not in "".join(
        book.parts.read(name).decode() for name in book.parts.namelist() if name.endswith(".rels")
    )
    assert {NASTY, "+1", "@SUM(1)", "=1+1", "联系 javascript:alert(1)"} <= set(book.shared)
    assert 'quotePrefix="1"' in book.parts.read("xl/styles.xml").decode()
    assert content == (await client.get(f"{PATH}/1.xlsx")).content


async def test_a_line_is_an_entry(issued: Any, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PATH}/1.ndjson")
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    assert answer.text.endswith("}\n")
    assert [json.loads(line) for line in answer.text.splitlines()] == issued["entries"]


async def test_the_page_can_be_printed_and_runs_nothing(issued: Any, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PATH}/1.html")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    page = Outline()
    page.feed(answer.text)
    tags = {tag for tag, _ in page.tags}
    assert tags.isdisjoint({"script", "img", "iframe", "link", "object", "form", "b"})
    assert ("html", {"lang": "zh-Hans-CN"}) in page.tags
    assert {"en"} == {
        attributes["lang"] for tag, attributes in page.tags if tag in {"span", "p"} and "lang" in attributes
    }
    links = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    anchors = {f"#{attributes['id']}" for _, attributes in page.tags if attributes.get("id")}
    assert links
    assert set(links) <= anchors
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    for text in (
        "目录 <b>2026</b>",
        NASTY,
        "第 1 期",
        "小试；中试",
        "javascript:alert(1)",
        issued["content_hash"],
    ):
        assert text in page.text
    assert "size: A4" in answer.text
    assert "break-before: page" in answer.text


async def test_an_entry_of_two_fields_is_printed_once_and_named_in_the_other(
    issued: Any, client: httpx.AsyncClient
) -> None:
    text = (await client.get(f"{PATH}/1.html")).text
    assert re.findall(r'<article id="entry-(\d+)"', text) == ["1", "2", "3"]
    assert "（见“新能源”）" in text


async def test_a_release_may_be_kept_for_ever_and_is_sent_once(
    issued: Any, client: httpx.AsyncClient
) -> None:
    tag = f'"{issued["content_hash"]}"'
    for form in FORMS:
        first = await client.get(f"{PATH}/1{form}")
        assert first.headers["ETag"] == tag
        assert "immutable" in first.headers["Cache-Control"]
        assert first.headers["X-Content-Type-Options"] == "nosniff"
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await client.get(f"{PATH}/1{form}", headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
            assert "immutable" in again.headers["Cache-Control"]
        for unknown in ('"other"', tag[1:-1], '"'):
            again = await client.get(f"{PATH}/1{form}", headers={"If-None-Match": unknown})
            assert again.content == first.content


async def test_what_was_never_released_is_not_found(issued: Any, client: httpx.AsyncClient) -> None:
    for path in (*(f"/2{form}" for form in FORMS), "/latest?region=330100"):
        answer = await client.get(f"{PATH}{path}", headers={"If-None-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (404, "release-not-found")


async def test_only_numbers_are_editions(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{PATH}/latest")).status_code == 404
    for edition in ("0", "-1", "x", "1.pdf", "99999999999", "0.xlsx", "x.html"):
        assert (await client.get(f"{PATH}/{edition}")).status_code == 422, edition


async def test_the_latest_is_the_newest_of_all_or_of_a_region(
    issued: Any, publishers: Publishers, client: httpx.AsyncClient
) -> None:
    newest = await issue(client, publishers.hangzhou, title="杭州目录")
    latest = await client.get(f"{PATH}/latest")
    assert (latest.json()["edition"], latest.headers["Content-Location"]) == (2, f"{PATH}/2")
    assert latest.headers["Cache-Control"] == "public, no-cache"
    assert latest.json() == newest
    of_province = await client.get(f"{PATH}/latest", params={"region": "330000"})
    assert of_province.json()["edition"] == 1
    unchanged = await client.get(f"{PATH}/latest", headers={"If-None-Match": latest.headers["ETag"]})
    assert unchanged.status_code == 304


async def test_the_list_has_the_newest_first_page_by_page(
    publishers: Publishers, client: httpx.AsyncClient
) -> None:
    for by in (publishers.economy, publishers.hangzhou, publishers.science):
        await issue(client, by)
    first = (await client.get(PATH, params={"limit": 2, "total": True})).json()
    assert ([one["edition"] for one in first["items"]], first["total"]) == ([3, 2], 3)
    await issue(client, publishers.economy)
    second = (await client.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert ([one["edition"] for one in second["items"]], second["next_cursor"]) == ([1], None)
    of_city = (await client.get(PATH, params={"region": "330100"})).json()["items"]
    assert [one["issuer"]["region"]["name"]["zh"] for one in of_city] == ["杭州市"]
    assert "entries" not in of_city[0]
