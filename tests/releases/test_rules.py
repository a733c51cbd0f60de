"""The rules of releases, and their SQL side."""

import itertools
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import DepartmentRole
from app.models import Department, DepartmentDuty, PlatformKind, metadata
from app.releases.queries import Wanted, may_stand_in
from app.releases.rules import Competence, competences, in_force, lies_in_province
from tests.factories.registry import make_vocabulary
from tests.releases.conftest import CENTRE, PILOT, TODAY, make_real

SCIENCE, ECONOMY = Department.SCIENCE, Department.ECONOMY
PUBLISHER, REVIEWER = DepartmentDuty.PUBLISHER, DepartmentDuty.REVIEWER


@pytest.mark.parametrize(
    ("duties", "expected"),
    [
        ((), ()),
        (((SCIENCE, "330000", REVIEWER),), ()),
        (((SCIENCE, "330000", PUBLISHER),), (("330000", (SCIENCE,)),)),
        (
            ((ECONOMY, "330000", PUBLISHER), (SCIENCE, "330000", PUBLISHER)),
            (("330000", (SCIENCE, ECONOMY)),),
        ),
        (
            ((ECONOMY, "330000", PUBLISHER), (SCIENCE, "330000", REVIEWER)),
            (("330000", (ECONOMY,)),),
        ),
        (
            ((SCIENCE, "330200", PUBLISHER), (ECONOMY, "330100", PUBLISHER), (SCIENCE, "330000", PUBLISHER)),
            (("330000", (SCIENCE,)), ("330100", (ECONOMY,)), ("330200", (SCIENCE,))),
        ),
    ],
)
def test_competence_follows_from_duties_to_publish(
    duties: tuple[tuple[Department, str, DepartmentDuty], ...],
    expected: tuple[tuple[str, tuple[Department, ...]], ...],
) -> None:
    found = competences(DepartmentRole(*duty) for duty in duties)
    assert found == tuple(Competence(*each) for each in expected)


@pytest.mark.parametrize(
    ("departments", "kinds", "expected"),
    [
        ((SCIENCE,), (), (SCIENCE,)),
        ((SCIENCE,), (CENTRE,), (SCIENCE,)),
        ((SCIENCE,), (PILOT,), None),
        ((SCIENCE,), (CENTRE, PILOT), None),
        ((SCIENCE, ECONOMY), (PILOT,), (ECONOMY,)),
        ((SCIENCE, ECONOMY), (CENTRE, PILOT), (SCIENCE, ECONOMY)),
    ],
)
def test_kinds_are_those_of_the_own_departments(
    departments: tuple[Department, ...],
    kinds: tuple[PlatformKind, ...],
    expected: tuple[Department, ...] | None,
) -> None:
    limited = Competence("330000", departments).limited_to(kinds)
    assert (None if limited is None else limited.departments) == expected


@pytest.mark.parametrize(
    ("region", "in_province", "expected"),
    [
        ("330110", True, True),
        ("330110", None, True),
        ("330110", False, False),
        ("310000", True, False),
        ("310000", None, False),
        (None, True, True),
        (None, None, False),
        (None, False, False),
    ],
)
def test_a_platform_lies_in_the_province_when_that_is_known(
    region: str | None, in_province: bool | None, expected: bool
) -> None:
    assert lies_in_province("330000", region, in_province) is expected


async def test_the_sql_side_finds_the_same_platforms(session: AsyncSession) -> None:
    await make_vocabulary(session)
    regions = (None, "330000", "330100", "330110", "330103", "330200")
    made = [
        await make_real(session, f"p-{number}", region_code=region, in_province=known)
        for number, (region, known) in enumerate(itertools.product(regions, (True, None, False)))
    ]
    wanted = Wanted("330000", (PILOT,), (), (), (), TODAY)
    found = await session.scalars(select(metadata.tables["platform"].c.slug).where(may_stand_in(wanted)))
    assert set(found) == {
        one.slug for one in made if lies_in_province("330000", one.region_code, one.in_province)
    }


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, True),
        (date(2026, 12, 1), date(2026, 12, 1), True),
        (date(2026, 12, 2), None, False),
        (None, date(2026, 11, 30), False),
    ],
)
def test_both_ends_of_a_price_count(since: date | None, until: date | None, expected: bool) -> None:
    assert in_force(since, until, TODAY) is expected
