"""What an admin grants: duties in departments, and being an expert."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.auth.who import is_province
from app.errors import InvalidRequest
from app.kit.clock import utcnow
from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.membership import queries, reading, schemas
from app.membership.errors import DutyExists
from app.membership.usecases import known_region
from app.models import DepartmentMembership, Person


async def create_department_member(
    session: AsyncSession, principal: Principal, reader: reading.Reader, body: schemas.DepartmentMemberCreate
) -> schemas.DepartmentMemberRead:
    """Grant a duty. Raises InvalidRequest for an unknown person or region, and DutyExists."""
    regions = reader.names.regions
    known_region(regions, body.region_code)
    region = regions[body.region_code]
    if region.level != "city" and not is_province(region.code):
        detail = Localized(
            zh="主管部门属于省或设区市，不能是县（市、区）",
            en="A department is of a province or a city, not of a county",
        )
        raise InvalidRequest.at("/body/region_code", "not_a_department_region", detail)
    person = await _person(session, body.email)
    duty = DepartmentMembership(
        person_id=reading.key_of(person),
        department=body.department,
        region_code=body.region_code,
        role=body.role,
        created_at=utcnow(),
    )
    if await queries.has_duty(session, duty):
        raise DutyExists
    session.add(duty)
    try:
        # Another request may grant the same at this moment; the error is ours to answer.
        await session.flush()
    except IntegrityError as error:
        raise DutyExists from error
    _record(session, principal, "duty.granted", person, after=_facts(duty))
    return reader.duty(duty, person)


async def list_department_members(
    session: AsyncSession, reader: reading.Reader, asked: schemas.DepartmentMemberFilters
) -> Page[schemas.DepartmentMemberRead]:
    """Raises InvalidCursor."""
    page = await queries.page_of_duties(session, asked.department, asked.region_code, asked)
    return page.to_page(lambda row: reader.duty(row[0], row[1]))


async def delete_department_member(session: AsyncSession, principal: Principal, uid: uuid.UUID) -> None:
    """Take a duty back. Raises DepartmentMemberNotFound."""
    duty, person = await queries.get_duty(session, uid)
    await session.delete(duty)
    _record(session, principal, "duty.taken_back", person, before=_facts(duty))


async def create_expert(
    session: AsyncSession, principal: Principal, body: schemas.ExpertCreate
) -> schemas.ExpertRead:
    """Make a person an expert; who is one already stays one. Raises InvalidRequest for an unknown person."""
    person = await _person(session, body.email)
    if not person.is_expert:
        person.is_expert = True
        _record(session, principal, "expert.named", person, {"is_expert": False}, {"is_expert": True})
    return reading.expert(person)


async def list_experts(session: AsyncSession, params: PageParams) -> Page[schemas.ExpertRead]:
    """Raises InvalidCursor."""
    page = await queries.page_of_experts(session, params)
    return page.to_page(reading.expert)


async def delete_expert(session: AsyncSession, principal: Principal, uid: uuid.UUID) -> None:
    """Let a person be an expert no longer. Raises ExpertNotFound."""
    person = await queries.get_expert(session, uid)
    person.is_expert = False
    _record(session, principal, "expert.removed", person, {"is_expert": True}, {"is_expert": False})


async def _person(session: AsyncSession, email: str) -> Person:
    # Only an admin asks this, so it may be told whether there is such an account.
    person = await queries.find_person(session, email)
    if person is None:
        detail = Localized(zh="没有使用这个邮箱的账户", en="No account has this address")
        raise InvalidRequest.at("/body/email", "unknown_person", detail)
    return person


def _facts(duty: DepartmentMembership) -> dict[str, Any]:
    return {"department": duty.department, "region_code": duty.region_code, "role": duty.role}


def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    person: Person,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.record(session, audit.actor_of(principal), action, "person", person.uid, before=before, after=after)
