"""Who somebody is to an object: the pure check and the SQL filter, side by side.

Every right of the policy table is one of `Who`. `holds` answers for one object in memory, `held_by` gives the
condition that finds all objects it would answer yes for; tests hold each to the other.

Conflict of interest: nobody is a reviewer or publisher to an object of an organisation they are a member of, or one
that such an organisation called for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from app.auth.principal import DepartmentRole, Principal
from app.models.base import metadata
from app.models.membership import Department, DepartmentDuty, OrganisationRole
from app.models.registry import PlatformKind

CityOf = Callable[[str | None], str | None]
"""The city code that a city or county code belongs to; None for a province and for what is unknown."""

KIND_OF_DEPARTMENT = {
    Department.SCIENCE: PlatformKind.VERIFICATION_CENTRE,
    Department.ECONOMY: PlatformKind.PILOT_PLATFORM,
}
"""Which kind of platform a department decides about. Source: design section 2, authority."""

_PROVINCE_SUFFIX = "0000"
_REGION = metadata.tables["region"].c


class Who(StrEnum):
    """One way to be entitled. Owners are editors too, and editors viewers; nothing else includes another."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    SELF = "self"
    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"
    CALLER = "caller"
    REVIEWER = "reviewer"
    PUBLISHER = "publisher"
    ANY_PUBLISHER = "any_publisher"
    DEPARTMENT = "department"
    EXPERT = "expert"
    ADMIN = "admin"


ROLES_OF = {
    Who.VIEWER: (OrganisationRole.VIEWER, OrganisationRole.EDITOR, OrganisationRole.OWNER),
    Who.EDITOR: (OrganisationRole.EDITOR, OrganisationRole.OWNER),
    Who.OWNER: (OrganisationRole.OWNER,),
}
DUTY_OF = {Who.REVIEWER: DepartmentDuty.REVIEWER, Who.PUBLISHER: DepartmentDuty.PUBLISHER}


@dataclass(frozen=True)
class Target:
    """The object of an operation, as far as rights depend on it; None: it has nothing of the kind.

    `caller_id` is the organisation of the verification centre that called for it.
    """

    organisation_id: int | None = None
    person_id: int | None = None
    platform_kind: PlatformKind | None = None
    region_code: str | None = None
    state: str | None = None
    caller_id: int | None = None


NOTHING = Target()
"""The target of an operation that has no object."""


@dataclass(frozen=True)
class TargetColumns:
    """The columns of a query that hold what a `Target` holds."""

    organisation_id: ColumnElement[Any] | None = None
    person_id: ColumnElement[Any] | None = None
    platform_kind: ColumnElement[Any] | None = None
    region_code: ColumnElement[Any] | None = None
    caller_id: ColumnElement[Any] | None = None


def is_province(region_code: str) -> bool:
    """Tell whether a code is that of a province. Source: GB/T 2260, four zeros at the end."""
    return region_code.endswith(_PROVINCE_SUFFIX)


def region_within(department: DepartmentRole, region_code: str | None, city_of: CityOf) -> bool:
    """Tell whether a place lies in the region of a department: a city has its counties, the province has all."""
    if is_province(department.region_code):
        return True
    return region_code is not None and city_of(region_code) == department.region_code


def within_region(department: DepartmentRole, region: ColumnElement[Any]) -> ColumnElement[bool]:
    """The SQL side of `region_within`."""
    if is_province(department.region_code):
        return true()
    city = select(_REGION.code).where(_REGION.level == "city", _REGION.code == department.region_code)
    counties = select(_REGION.code).where(
        _REGION.level == "county", _REGION.parent_code == department.region_code
    )
    return or_(region.in_(city), region.in_(counties))


def competent(
    department: DepartmentRole,
    platform_kind: PlatformKind | None,
    region_code: str | None,
    city_of: CityOf,
) -> bool:
    """Tell whether a department decides about a platform: by its kind and its region.

    A platform of no known kind is nobody's. Source: design section 2, authority.
    """
    return KIND_OF_DEPARTMENT[department.department] is platform_kind and region_within(
        department, region_code, city_of
    )


def competence(
    department: DepartmentRole, kind: ColumnElement[Any], region: ColumnElement[Any]
) -> ColumnElement[bool]:
    """The SQL side of `competent`."""
    return (kind == KIND_OF_DEPARTMENT[department.department]) & within_region(department, region)


def is_own(principal: Principal, target: Target) -> bool:
    """Tell whether an organisation owns or called for the target that the principal is a member of, in any role."""
    return not principal.roles.keys().isdisjoint((target.organisation_id, target.caller_id))


def has_conflict(principal: Principal, whos: Sequence[Who], target: Target, city_of: CityOf) -> bool:
    """Tell whether only a conflict of interest keeps the principal from being one of `whos` to the target."""
    others = replace(principal, roles=MappingProxyType({}))
    duties = [who for who in whos if who in DUTY_OF]
    return is_own(principal, target) and holds_any(others, duties, target, city_of)


def _not_own(principal: Principal, columns: TargetColumns) -> ColumnElement[bool]:
    """The SQL side of `not is_own`."""
    owners = [each for each in (columns.organisation_id, columns.caller_id) if each is not None]
    if not principal.roles:
        return true()
    return and_(true(), *(or_(each.is_(None), each.not_in(list(principal.roles))) for each in owners))


def holds(principal: Principal, who: Who, target: Target, city_of: CityOf) -> bool:
    """Tell whether the principal is `who` to the target."""
    match who:
        case Who.ANYONE | Who.SIGNED_IN | Who.ANY_PUBLISHER | Who.EXPERT | Who.ADMIN:
            return _is(principal, who)
        case Who.SELF:
            return principal.person_id is not None and principal.person_id == target.person_id
        case Who.VIEWER | Who.EDITOR | Who.OWNER:
            role = None if target.organisation_id is None else principal.roles.get(target.organisation_id)
            return role in ROLES_OF[who]
        case Who.CALLER:
            role = None if target.caller_id is None else principal.roles.get(target.caller_id)
            return role in ROLES_OF[Who.EDITOR]
        case Who.REVIEWER | Who.PUBLISHER:
            return not is_own(principal, target) and any(
                competent(department, target.platform_kind, target.region_code, city_of)
                for department in principal.departments
                if department.role is DUTY_OF[who]
            )
        case Who.DEPARTMENT:
            return any(
                region_within(department, target.region_code, city_of) for department in principal.departments
            )


def _is(principal: Principal, who: Who) -> bool:
    """Tell whether the principal is `who`, whatever the target is."""
    return {
        Who.ANYONE: True,
        Who.SIGNED_IN: principal.person_id is not None,
        Who.ANY_PUBLISHER: any(duty.role is DepartmentDuty.PUBLISHER for duty in principal.departments),
        Who.EXPERT: principal.is_expert,
        Who.ADMIN: principal.is_admin,
    }[who]


def held_by(principal: Principal, who: Who, columns: TargetColumns) -> ColumnElement[bool]:
    """The SQL side of `holds`: the rows to whose targets the principal is `who`."""
    match who:
        case Who.SELF if columns.person_id is not None and principal.person_id is not None:
            return columns.person_id == principal.person_id
        case Who.VIEWER | Who.EDITOR | Who.OWNER if columns.organisation_id is not None:
            mine = [key for key, role in principal.roles.items() if role in ROLES_OF[who]]
            return columns.organisation_id.in_(mine)
        case Who.CALLER if columns.caller_id is not None:
            mine = [key for key, role in principal.roles.items() if role in ROLES_OF[Who.EDITOR]]
            return columns.caller_id.in_(mine)
        case Who.REVIEWER | Who.PUBLISHER if (
            columns.platform_kind is not None and columns.region_code is not None
        ):
            return _not_own(principal, columns) & _any_of(
                competence(department, columns.platform_kind, columns.region_code)
                for department in principal.departments
                if department.role is DUTY_OF[who]
            )
        case Who.DEPARTMENT if columns.region_code is not None:
            region = columns.region_code
            return _any_of(within_region(department, region) for department in principal.departments)
        case Who.ANYONE | Who.SIGNED_IN | Who.ANY_PUBLISHER | Who.EXPERT | Who.ADMIN:
            return true() if _is(principal, who) else false()
    return false()


def holds_any(principal: Principal, whos: Sequence[Who], target: Target, city_of: CityOf) -> bool:
    """Tell whether the principal is at least one of `whos` to the target."""
    return any(holds(principal, who, target, city_of) for who in whos)


def held_by_any(principal: Principal, whos: Sequence[Who], columns: TargetColumns) -> ColumnElement[bool]:
    """The SQL side of `holds_any`."""
    return _any_of(held_by(principal, who, columns) for who in whos)


def _any_of(conditions: Any) -> ColumnElement[bool]:
    return or_(false(), *conditions)
