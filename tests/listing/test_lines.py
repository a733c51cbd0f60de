"""Scope lines as rows: what they name is made known once, and a stored line is still the same line."""

from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.imports.scope_lines import ScopeLineRow
from app.listing.lines import LINE, Interner, Placed, digest_of, give_natural_keys, select_lines, stored_line
from app.models import Accreditation, ScopeLine, StandardEdition, TestObject
from app.vocabulary.ranges import Range, parse_range, range_of, read_grade
from search.standard_numbers import parse_standard_number
from tests.factories.registry import (
    make_accreditation,
    make_line,
    make_platform,
    make_standard,
    make_vocabulary,
)


def a_line(standard: str = "GB 38031-2020", **known: object) -> ScopeLineRow:
    number = parse_standard_number(standard)
    assert number is not None
    values = {
        "row": 1,
        "site": "一号场所",
        "object": "动力蓄电池单体",
        "parameter": "过充电",
        "standard": number.canonical,
        "standard_base": number.base,
        "standard_year": number.year,
        "in_vocabulary": None,
        "standard_title": None,
        "clause": "8.1.3",
        "range": None,
        "restriction": "只做单体",
        "effective_date": date(2025, 3, 4),
        **known,
    }
    return ScopeLineRow(**values)  # type: ignore[arg-type]


RANGES = [
    None,
    range_of(5, 100, "V"),
    range_of(None, 0.1, "kA"),
    parse_range("(-40～85)℃"),
    parse_range("<10kV"),
    parse_range("0.1%~5%"),
    read_grade("IP67"),
]


@pytest.fixture
async def accreditation(session: AsyncSession) -> Accreditation:
    await make_vocabulary(session)
    return await make_accreditation(session, await make_platform(session))


async def store(session: AsyncSession, accreditation: Accreditation, *lines: ScopeLineRow) -> None:
    interner = Interner()
    await interner.learn(session, lines)
    assert accreditation.id is not None
    placed = Placed(accreditation.id, since_revision=2)
    for line in lines:
        session.add(ScopeLine(**interner.columns(line, placed)))
    await session.flush()


@pytest.mark.parametrize("found", RANGES, ids=lambda found: found and (found.written or found.unit))
async def test_a_stored_line_is_the_same_line(
    session: AsyncSession, accreditation: Accreditation, found: Range | None
) -> None:
    line = a_line(range=found)
    await store(session, accreditation, line)
    row = (await session.execute(select_lines())).one()
    again = stored_line(row)
    assert digest_of(again) == digest_of(line) == row.natural_key
    assert again.restriction == "只做单体"
    assert again.effective_date == date(2025, 3, 4)
    assert (row.live, row.since_revision, row.until_revision) == (False, 2, None)
    assert again.range == found


async def test_every_part_of_the_natural_key_makes_another_line() -> None:
    lines = [
        a_line(),
        a_line(site=None),
        a_line(object="动力蓄电池包"),
        a_line(parameter="过放电"),
        a_line("GB 38031-2025"),
        a_line(clause="8.1.4"),
        a_line(range=range_of(0, 10, "MPa")),
    ]
    assert len({digest_of(line) for line in lines}) == len(lines)
    assert digest_of(a_line(range=range_of(0, 10, "MPa"))) == digest_of(a_line(range=range_of(0, 1e4, "kPa")))
    assert digest_of(a_line(restriction=None, effective_date=None)) == digest_of(a_line())


async def test_names_are_made_known_once_and_unknown_standards_are_not_listed(
    session: AsyncSession, accreditation: Accreditation
) -> None:
    await make_standard(session, "GB 38031-2020")
    await store(
        session,
        accreditation,
        a_line(),
        a_line("T/ZZB 9999-2024"),
        a_line(object="动力蓄电池 单体", clause=None),
    )
    assert await session.scalar(select(func.count()).select_from(TestObject)) == 1
    editions = {row.number: row.listed for row in await session.scalars(select(StandardEdition))}
    assert editions["T/ZZB 9999-2024"] is False
    assert editions["GB 38031-2020"] is True


async def test_lines_that_were_seeded_get_the_natural_key_that_an_upload_gives(
    session: AsyncSession, accreditation: Accreditation
) -> None:
    seeded = await make_line(session, accreditation, site_zh="一号场所", clause="8.1.3")
    twin = await make_line(session, accreditation, site_zh="一号场所", clause="8.1.3")
    await session.execute(update(LINE).values(live=True))
    assert accreditation.id is not None
    await give_natural_keys(session, accreditation.id)
    await session.refresh(seeded)
    await session.refresh(twin)
    assert seeded.natural_key == digest_of(a_line())
    assert twin.natural_key is None
