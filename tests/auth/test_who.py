"""Who somebody is to an object: tables, properties, and the SQL side against the pure side."""

import itertools
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import ANONYMOUS, DepartmentRole, Principal
from app.auth.who import (
    Target,
    TargetColumns,
    Who,
    competence,
    competent,
    has_conflict,
    held_by,
    held_by_any,
    holds,
    holds_any,
    is_province,
)
from app.models import Department, DepartmentDuty, OrganisationRole, Platform, PlatformKind, metadata
from tests.factories.registry import make_organisation, make_platform, make_vocabulary

CITY_OF = {"330100": "330100", "330110": "330100", "330103": "330100", "330200": "330200"}
PILOT, CENTRE = PlatformKind.PILOT_PLATFORM, PlatformKind.VERIFICATION_CENTRE
SCIENCE, ECONOMY = Department.SCIENCE, Department.ECONOMY
REGIONS = (None, "330000", "330100", "330110", "330103", "330200")
COLUMNS = metadata.tables["platform"].c


def city_of(code: str | None) -> str | None:
    return CITY_OF.get(code or "")


def department(which: Department, region: str, role: DepartmentDuty) -> DepartmentRole:
    return DepartmentRole(which, region, role)


@pytest.mark.parametrize(
    ("which", "of", "kind", "region", "expected"),
    [
        (SCIENCE, "330000", CENTRE, "330100", True),
        (SCIENCE, "330000", CENTRE, "330110", True),
        (SCIENCE, "330000", CENTRE, "330000", True),
        (SCIENCE, "330000", CENTRE, None, True),
        (SCIENCE, "330000", PILOT, "330100", False),
        (SCIENCE, "330000", None, "330100", False),
        (SCIENCE, "330100", CENTRE, "330100", True),
        (SCIENCE, "330100", CENTRE, "330110", True),
        (SCIENCE, "330100", CENTRE, "330103", True),
        (SCIENCE, "330100", CENTRE, "330200", False),
        (SCIENCE, "330100", CENTRE, "330000", False),
        (SCIENCE, "330100", CENTRE, None, False),
        (SCIENCE, "330100", PILOT, "330100", False),
        (ECONOMY, "330000", PILOT, "330200", True),
        (ECONOMY, "330000", CENTRE, "330200", False),
        (ECONOMY, "330200", PILOT, "330200", True),
        (ECONOMY, "330200", PILOT, "330110", False),
        (ECONOMY, "330200", CENTRE, "330200", False),
        # A county has no department: a grant for one reaches nothing.
        (ECONOMY, "330110", PILOT, "330110", False),
    ],
)
def test_a_department_decides_by_kind_and_region(
    which: Department, of: str, kind: PlatformKind | None, region: str | None, expected: bool
) -> None:
    for duty in DepartmentDuty:
        assert competent(department(which, of, duty), kind, region, city_of) is expected


roles = st.builds(
    DepartmentRole,
    st.sampled_from(Department),
    st.sampled_from([code for code in REGIONS if code]),
    st.sampled_from(DepartmentDuty),
)


@given(role=roles, kind=st.sampled_from([*PlatformKind, None]), region=st.sampled_from(REGIONS))
def test_no_platform_has_both_departments_and_the_province_sees_what_its_cities_see(
    role: DepartmentRole, kind: PlatformKind | None, region: str | None
) -> None:
    other = DepartmentRole(ECONOMY if role.department is SCIENCE else SCIENCE, role.region_code, role.role)
    decides = competent(role, kind, region, city_of)
    assert not (decides and competent(other, kind, region, city_of))
    province = DepartmentRole(role.department, "330000", role.role)
    assert not decides or competent(province, kind, region, city_of)
    assert not decides or is_province(role.region_code) or city_of(region) == role.region_code


@given(text=st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_only_four_zeros_at_the_end_make_a_province(text: str) -> None:
    assert is_province(text) == (int(text) % 10_000 == 0)


@pytest.mark.parametrize("role", [*OrganisationRole, None])
def test_an_owner_is_an_editor_and_an_editor_a_viewer(role: OrganisationRole | None) -> None:
    principal = Principal(person_id=1, roles=MappingProxyType({} if role is None else {7: role}))
    held = {who for who in (Who.VIEWER, Who.EDITOR, Who.OWNER) if holds(principal, who, Target(7), city_of)}
    assert (
        held
        == {
            None: set(),
            OrganisationRole.VIEWER: {Who.VIEWER},
            OrganisationRole.EDITOR: {Who.VIEWER, Who.EDITOR},
            OrganisationRole.OWNER: {Who.VIEWER, Who.EDITOR, Who.OWNER},
        }[role]
    )
    for who in (Who.VIEWER, Who.EDITOR, Who.OWNER):
        assert not holds(principal, who, Target(8), city_of)
        assert not holds(principal, who, Target(), city_of)


def test_nobody_is_somebody_without_an_account() -> None:
    target = Target(organisation_id=7, person_id=None, platform_kind=PILOT, region_code="330100")
    assert {who for who in Who if holds(ANONYMOUS, who, target, city_of)} == {Who.ANYONE}


def test_an_admin_is_no_owner_and_no_department() -> None:
    admin = Principal(person_id=1, is_admin=True)
    target = Target(organisation_id=7, platform_kind=PILOT, region_code="330100")
    assert {who for who in Who if holds(admin, who, target, city_of)} == {
        Who.ANYONE,
        Who.SIGNED_IN,
        Who.ADMIN,
    }


def test_a_reviewer_is_no_publisher() -> None:
    reviewer = Principal(person_id=1, departments=(department(ECONOMY, "330100", DepartmentDuty.REVIEWER),))
    target = Target(platform_kind=PILOT, region_code="330110")
    assert holds(reviewer, Who.REVIEWER, target, city_of)
    assert not holds(reviewer, Who.PUBLISHER, target, city_of)


@pytest.mark.parametrize("role", [*OrganisationRole, None])
def test_nobody_reviews_or_publishes_for_an_organisation_they_are_a_member_of(
    role: OrganisationRole | None,
) -> None:
    duties = tuple(department(ECONOMY, "330100", duty) for duty in DepartmentDuty)
    roles = MappingProxyType({} if role is None else {7: role})
    principal = Principal(person_id=1, departments=duties, roles=roles)
    decides = (Who.REVIEWER, Who.PUBLISHER)
    for organisation, free in ((7, role is None), (8, True), (None, True)):
        target = Target(organisation, platform_kind=PILOT, region_code="330110")
        for who in decides:
            assert holds(principal, who, target, city_of) is free
        assert has_conflict(principal, decides, target, city_of) is not free
        # Where they would not be competent anyway, nothing of a conflict is said.
        elsewhere = Target(organisation, platform_kind=PILOT, region_code="330200")
        assert not has_conflict(principal, decides, elsewhere, city_of)
        assert not has_conflict(principal, (Who.OWNER, Who.DEPARTMENT), target, city_of)


@pytest.mark.parametrize("role", [*OrganisationRole, None])
def test_editors_of_who_called_are_callers_and_decide_for_no_department(
    role: OrganisationRole | None,
) -> None:
    duty = department(SCIENCE, "330000", DepartmentDuty.REVIEWER)
    roles = MappingProxyType({} if role is None else {9: role})
    principal = Principal(person_id=1, departments=(duty,), roles=roles)
    target = Target(7, platform_kind=CENTRE, region_code="330110", caller_id=9)
    assert holds(principal, Who.CALLER, target, city_of) is (
        role in (OrganisationRole.EDITOR, OrganisationRole.OWNER)
    )
    assert not holds(principal, Who.CALLER, Target(9), city_of)
    assert holds(principal, Who.REVIEWER, target, city_of) is (role is None)


async def test_the_sql_side_finds_exactly_the_platforms_a_department_decides_about(
    session: AsyncSession,
) -> None:
    await make_vocabulary(session)
    platforms = [
        await make_platform(session, kind=kind, region_code=region)
        for kind in PlatformKind
        for region in REGIONS
    ]
    for which, region in itertools.product(Department, [code for code in REGIONS if code]):
        role = department(which, region, DepartmentDuty.REVIEWER)
        statement = select(COLUMNS.id).where(competence(role, COLUMNS.kind, COLUMNS.region_code))
        found = set((await session.scalars(statement)).all())
        expected = {one.id for one in platforms if competent(role, one.kind, one.region_code, city_of)}
        assert found == expected, role


async def test_the_sql_side_of_every_right_finds_exactly_where_it_is_held(session: AsyncSession) -> None:
    await make_vocabulary(session)
    operators = [await make_organisation(session) for _ in range(3)]
    platforms: list[Platform] = []
    for kind, region, operator in itertools.product(PlatformKind, REGIONS, [*operators, None]):
        operator_id = None if operator is None else operator.id
        platforms.append(await make_platform(session, kind=kind, region_code=region, operator_id=operator_id))
    columns = TargetColumns(
        organisation_id=COLUMNS.operator_id,
        # Any column of keys will do: who is meant by it is a matter of the query.
        person_id=COLUMNS.operator_id,
        platform_kind=COLUMNS.kind,
        region_code=COLUMNS.region_code,
        caller_id=COLUMNS.operator_id,
    )
    keys = [operator.id or 0 for operator in operators]
    for principal in principals(keys):
        for who in Who:
            found = set(
                (await session.scalars(select(COLUMNS.id).where(held_by(principal, who, columns)))).all()
            )
            expected = {one.id for one in platforms if holds(principal, who, target_of(one), city_of)}
            assert found == expected, (principal, who)
        some = (Who.EDITOR, Who.REVIEWER, Who.ADMIN)
        either = select(COLUMNS.id).where(held_by_any(principal, some, columns))
        assert set((await session.scalars(either)).all()) == {
            one.id for one in platforms if holds_any(principal, some, target_of(one), city_of)
        }


def target_of(platform: Platform) -> Target:
    return Target(
        organisation_id=platform.operator_id,
        person_id=platform.operator_id,
        platform_kind=platform.kind,
        region_code=platform.region_code,
        caller_id=platform.operator_id,
    )


def principals(keys: list[int]) -> list[Principal]:
    everything = MappingProxyType(dict(zip(keys, OrganisationRole, strict=True)))
    duties = [
        department(which, region, duty)
        for which, region, duty in itertools.product(Department, ("330000", "330100"), DepartmentDuty)
    ]
    return [
        ANONYMOUS,
        Principal(person_id=keys[0]),
        Principal(person_id=keys[1], roles=everything),
        Principal(person_id=10**6, is_admin=True),
        Principal(person_id=10**6, is_expert=True),
        *(Principal(person_id=10**6, departments=(duty,)) for duty in duties),
        Principal(person_id=10**6, departments=(duties[2], duties[-1])),
        Principal(
            person_id=10**6,
            departments=tuple(duties),
            roles=MappingProxyType({keys[0]: OrganisationRole.VIEWER}),
        ),
    ]


async def test_without_the_column_a_right_is_held_nowhere(session: AsyncSession) -> None:
    await make_vocabulary(session)
    await make_platform(session)
    principal = Principal(
        person_id=1,
        roles=MappingProxyType({1: OrganisationRole.OWNER}),
        departments=(department(ECONOMY, "330000", DepartmentDuty.REVIEWER),),
    )
    for who in (Who.SELF, Who.OWNER, Who.CALLER, Who.REVIEWER, Who.DEPARTMENT):
        statement = select(COLUMNS.id).where(held_by(principal, who, TargetColumns()))
        assert (await session.scalars(statement)).all() == []
