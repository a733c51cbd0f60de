from datetime import date

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Accreditation, AccreditationState, Scheme, metadata
from app.registry.scope_values import covers_value, states_range
from app.vocabulary.ranges import CoverageKind, Range, RangeRefused, covers, range_of, read_grade
from tests.factories.registry import (
    make_accreditation,
    make_broader,
    make_dimension,
    make_line,
    make_platform,
    make_vocabulary,
)

DAY = "2026-12-01"


async def ids(client: httpx.AsyncClient, **params: object) -> list[int]:
    query = {"on_date": DAY, **params}
    response = await client.get("/v1/scope-lines", params=query)  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


@pytest.fixture
async def accreditation(session: AsyncSession) -> Accreditation:
    """A CNAS certificate, granted and valid on DAY."""
    await make_vocabulary(session)
    platform = await make_platform(session, slug="hub", region_code="330110")
    return await make_accreditation(session, platform, slug="hub-cnas")


class TestWhoMayDoATest:
    @pytest.mark.parametrize(
        ("known", "on_date", "found"),
        [
            ({}, DAY, True),
            ({}, "2030-04-30", True),
            ({}, "2024-05-01", True),
            ({}, "2030-05-01", False),
            ({}, "2024-04-30", False),
            ({"state": AccreditationState.SUSPENDED}, DAY, False),
            ({"state": AccreditationState.WITHDRAWN}, DAY, False),
            ({"state": AccreditationState.PLANNED}, DAY, False),
            ({"state": AccreditationState.APPLIED}, DAY, False),
            ({"valid_from": None}, DAY, False),
            ({"valid_to": None}, DAY, False),
        ],
    )
    async def test_only_under_an_accreditation_granted_and_valid_on_the_day(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        accreditation: Accreditation,
        known: dict[str, object],
        on_date: str,
        found: bool,
    ) -> None:
        for name, value in known.items():
            setattr(accreditation, name, value)
        line = await make_line(session, accreditation)
        await session.commit()
        expected = [line.id] if found else []
        assert await ids(client, standard="GB 38031-2020", on_date=on_date) == expected

    @pytest.mark.parametrize(
        ("known", "on_date", "found"),
        [
            ({"effective_from": date(2026, 12, 1)}, "2026-12-01", True),
            ({"effective_from": date(2026, 12, 2)}, "2026-12-01", False),
            ({"effective_to": date(2026, 12, 1)}, "2026-12-01", True),
            ({"effective_to": date(2026, 11, 30)}, "2026-12-01", False),
        ],
    )
    async def test_only_while_the_line_stands_in_the_scope(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        accreditation: Accreditation,
        known: dict[str, date],
        on_date: str,
        found: bool,
    ) -> None:
        line = await make_line(session, accreditation, **known)
        await session.commit()
        assert await ids(client, standard="GB 38031", on_date=on_date) == ([line.id] if found else [])

    async def test_a_standard_is_found_in_any_spelling_and_a_year_asks_that_edition(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        new = await make_line(session, accreditation, standard="GB/T 2423.17-2008")
        old = await make_line(session, accreditation, standard="GB/T 2423.17-1993")
        undated = await make_line(session, accreditation, standard="GB/T 2423.17")
        await make_line(session, accreditation, standard="GB/T 2423.18-2012")
        await session.commit()
        assert await ids(client, standard="gbt2423.17") == [new.id, old.id, undated.id]
        assert await ids(client, standard="ＧＢ／Ｔ 2423.17—2008") == [new.id]
        assert await ids(client, standard="GB/T 2423.17-2001") == []

    async def test_an_object_is_found_by_its_own_name_and_under_a_broader_one(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        own = await make_line(session, accreditation, object="锂离子 电池（单体）")
        broad = await make_line(session, accreditation, object="电池")
        await make_line(session, accreditation, object="电池包")
        await make_line(session, accreditation, object=None)
        await make_broader(session, "锂离子电池(单体)", "电池")
        await session.commit()
        assert await ids(client, object="锂离子电池(单体)") == [own.id, broad.id]
        assert await ids(client, object="电池") == [broad.id]
        assert await ids(client, object="没有的对象") == []

    async def test_a_parameter_is_found_under_every_name_of_its_term(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        synonym = await make_line(session, accreditation, parameter="过充电")
        name = await make_line(session, accreditation, parameter="过充试验")
        other = await make_line(session, accreditation, parameter="挤压")
        await session.commit()
        assert await ids(client, parameter="过充") == [synonym.id, name.id]
        assert await ids(client, parameter="Overcharge Test") == [synonym.id, name.id]
        assert await ids(client, parameter="挤压") == [other.id]

    async def test_a_line_that_lists_several_names_is_found_by_each(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        both = await make_line(session, accreditation, object="电池、电容器", parameter="挤压，过充电")
        await make_line(session, accreditation, object="电池箱、支架", parameter="过充电保护，挤压试验")
        await make_line(session, accreditation, object="除电池、电容器外的电器", parameter="跌落")
        await session.commit()
        assert await ids(client, object="电容器") == [both.id]
        assert await ids(client, object="电池") == [both.id]
        assert await ids(client, parameter="过充电") == [both.id]
        assert await ids(client, object="电池、电容器") == [both.id]

    async def test_filters_join_by_and(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        far = await make_platform(session, slug="far", region_code="330200", demo=False)
        cma = await make_accreditation(session, far, scheme=Scheme.CMA)
        here = await make_line(session, accreditation)
        there = await make_line(session, cma)
        await session.commit()
        standard = {"standard": "GB 38031"}
        assert await ids(client, **standard) == [here.id, there.id]
        assert await ids(client, **standard, scheme="CMA") == [there.id]
        assert await ids(client, **standard, scheme=["CMA", "CNAS"]) == [here.id, there.id]
        assert await ids(client, **standard, city="330100") == [here.id]
        assert await ids(client, **standard, demo="false") == [there.id]
        assert await ids(client, **standard, platform="far") == [there.id]
        assert await ids(client, platform="hub") == [here.id]
        assert await ids(client, **standard, city="330100", scheme="CMA") == []

    async def test_the_answer_says_who_under_what(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        line = await make_line(
            session, accreditation, clause="8.1.2", restriction_zh="只做单体", site_zh="一号楼"
        )
        await session.commit()
        response = await client.get("/v1/scope-lines", params={"standard": "GB 38031", "on_date": DAY})
        [item] = response.json()["items"]
        assert item["id"] == line.id
        assert item["platform"]["slug"] == "hub"
        assert item["accreditation"]["slug"] == "hub-cnas"
        assert item["accreditation"]["certificate_no"] == accreditation.certificate_no
        assert (item["accreditation"]["status"], item["accreditation"]["status_on"]) == ("granted", DAY)
        assert (item["clause"], item["restriction"], item["site"]) == ("8.1.2", "只做单体", "一号楼")
        assert (item["object"], item["parameter"]) == ("动力蓄电池单体", "过充电")
        assert item["standard"]["number"] == "GB 38031-2020"
        assert (item["range"], item["coverage"]) == (None, None)

    async def test_pages_neither_repeat_nor_lose_lines_and_the_total_is_exact(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        platform = await make_platform(session)
        other = await make_accreditation(session, platform)
        lines = [await make_line(session, each) for each in (other, accreditation, other, accreditation)]
        await session.commit()
        seen: list[int] = []
        cursor: str | None = None
        while True:
            params = {"standard": "GB 38031", "on_date": DAY, "limit": "1", "total": "true"}
            body = (
                await client.get("/v1/scope-lines", params=params | ({"cursor": cursor} if cursor else {}))
            ).json()
            seen += [item["id"] for item in body["items"]]
            cursor = body["next_cursor"]
            assert body["total"] == 4
            if cursor is None:
                break
        assert seen == [lines[1].id, lines[3].id, lines[0].id, lines[2].id]

    @pytest.mark.parametrize(
        ("params", "pointer"),
        [
            ({}, "/query/standard"),
            ({"scheme": "CNAS"}, "/query/standard"),
            ({"standard": "nothing"}, "/query/standard"),
            ({"object": "电池", "value": "60"}, "/query/unit"),
            ({"object": "电池", "unit": "V"}, "/query/value"),
            ({"object": "电池", "value": "many", "unit": "V"}, "/query/value"),
            ({"object": "电池", "value": "1e999999999", "unit": "V"}, "/query/value"),
            ({"object": "电池", "value": "NaN", "unit": "V"}, "/query/value"),
            ({"object": "电池", "value": "99", "unit": "IP等级"}, "/query/value"),
            ({"object": "电池", "scheme": "CAL"}, "/query/scheme/0"),
            ({"object": "电池", "city": "1"}, "/query/city"),
            ({"object": "电池", "q": "x"}, "/query/q"),
        ],
    )
    async def test_what_cannot_be_asked_is_refused(
        self,
        client: httpx.AsyncClient,
        accreditation: Accreditation,
        params: dict[str, str],
        pointer: str,
    ) -> None:
        response = await client.get("/v1/scope-lines", params=params)
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == pointer


class TestAtAValue:
    async def test_the_range_must_cover_it_after_conversion(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        voltage = range_of(0, 60, "kV")
        line = await make_line(session, accreditation, **columns(voltage))
        unstated = await make_line(session, accreditation)
        current = await make_line(session, accreditation, **columns(range_of(0, 60000, "A")))
        await session.commit()
        asked = {"standard": "GB 38031", "unit": "V"}
        assert await ids(client, **asked, value="60000") == [line.id]
        assert await ids(client, **asked, value="60000.1") == []
        response = await client.get(
            "/v1/scope-lines",
            params={**asked, "value": "6e4", "include_unstated": "true", "on_date": DAY},
        )
        assert {item["id"]: item["coverage"] for item in response.json()["items"]} == {
            line.id: "covered",
            unstated.id: "not_stated",
            current.id: "not_stated",
        }

    async def test_a_grade_is_one_of_a_set(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        grades = range_of(54, 67, "IP等级")
        line = await make_line(session, accreditation, **columns(grades))
        await session.commit()
        assert await ids(client, standard="GB 38031", value="IP65") == [line.id]
        assert await ids(client, standard="GB 38031", value="65", unit="IP等级") == [line.id]
        assert await ids(client, standard="GB 38031", value="IP58") == []
        assert await ids(client, standard="GB 38031", value="ip68") == []


def columns(stated: Range | None) -> dict[str, object]:
    """The columns of a line that states this range."""
    if stated is None:
        return {}
    return {
        "dimension": stated.dimension,
        "range_min": stated.min,
        "range_max": stated.max,
        "range_unit": stated.unit,
        "range_low": stated.lo,
        "range_high": stated.hi,
        "range_low_open": not stated.lo_inclusive,
        "range_high_open": not stated.hi_inclusive,
        "range_grades": None if stated.grades is None else sorted(stated.grades),
    }


@st.composite
def stated_ranges(draw: st.DrawFn) -> Range | None:
    unit = draw(st.sampled_from(["V", "kV", "A", "IP等级", "级", None]))
    if unit is None:
        return draw(st.sampled_from([None, read_grade("V-0"), read_grade("IPX5")]))
    ends = st.none() | st.sampled_from([0, 1, 5, 54, 60, 65, 67])
    try:
        return range_of(draw(ends), draw(ends), unit)
    except RangeRefused:
        return None


@st.composite
def values(draw: st.DrawFn) -> Range:
    grade = draw(st.sampled_from(["IP65", "IP58", "IP04", "V-0", "IPX5", None]))
    if grade is not None:
        read = read_grade(grade)
        assert read is not None
        return read
    number = draw(st.sampled_from([0, 1, 5, 60, 65, 1000, 5000]))
    return range_of(number, number, draw(st.sampled_from(["V", "A", "级"])))


@given(st.lists(stated_ranges(), min_size=8, max_size=16), st.lists(values(), min_size=4, max_size=8))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_database_judges_ranges_as_the_rule_does(
    session: AsyncSession, accreditation: Accreditation, lines: list[Range | None], asked: list[Range]
) -> None:
    async with session.begin_nested() as savepoint:
        rows = [await make_line(session, accreditation, **columns(line)) for line in lines]
        for value in asked:
            dimension = await make_dimension(session, value.dimension)
            judged = await _judged(session, states_range([dimension], value), value)
            for line, row in zip(lines, rows, strict=True):
                kind = covers(line, value).kind
                states, covered = judged[row.id]
                assert states == (kind is not CoverageKind.NOT_STATED), (line, value)
                assert (states and covered) == (kind is CoverageKind.COVERED), (line, value)
        await savepoint.rollback()


async def _judged(
    session: AsyncSession, states: ColumnElement[bool], value: Range
) -> dict[int | None, tuple[bool, bool]]:
    covered = covers_value(value, session.get_bind().dialect.name)
    rows = await session.execute(select(metadata.tables["scope_line"].c.id, states, covered))
    return {line_id: (bool(says), bool(holds)) for line_id, says, holds in rows}


class TestGetScopeLine:
    async def test_it_opens_by_id_with_its_standing_on_a_day(
        self, client: httpx.AsyncClient, session: AsyncSession, accreditation: Accreditation
    ) -> None:
        line = await make_line(session, accreditation)
        await session.commit()
        response = await client.get(f"/v1/scope-lines/{line.id}", params={"on_date": "2031-01-01"})
        assert response.status_code == 200
        assert (response.json()["id"], response.json()["accreditation"]["status"]) == (line.id, "expired")

    @pytest.mark.parametrize(("key", "status"), [("2147483647", 404), ("0", 422), ("x", 422)])
    async def test_an_unknown_one_is_not_found(
        self, client: httpx.AsyncClient, key: str, status: int
    ) -> None:
        assert (await client.get(f"/v1/scope-lines/{key}")).status_code == status
