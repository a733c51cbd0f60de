"""Every SELECT of membership."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.membership.errors import (
    DepartmentMemberNotFound,
    ExpertNotFound,
    InvitationNotFound,
    MemberNotFound,
    OrganisationNotFound,
)
from app.models import (
    Department,
    DepartmentMembership,
    Invitation,
    Membership,
    Organisation,
    OrganisationRole,
    Person,
    metadata,
)

ORGANISATION = metadata.tables["organisation"].c
PERSON = metadata.tables["person"].c
MEMBERSHIP = metadata.tables["membership"].c
INVITATION = metadata.tables["invitation"].c
DUTY = metadata.tables["department_membership"].c


async def find_organisation(session: AsyncSession, key: str) -> Organisation | None:
    """Return the organisation with this id or slug."""
    found: Organisation | None = await session.scalar(select(Organisation).where(has_key(ORGANISATION, key)))
    return found


async def get_organisation(session: AsyncSession, key: str, *, lock: bool = False) -> Organisation:
    """Return the organisation with this id or slug; `lock` keeps it, and its members, from other editors.

    Raises OrganisationNotFound.
    """
    statement = select(Organisation).where(has_key(ORGANISATION, key))
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise OrganisationNotFound
    return found


async def organisation_taken(
    session: AsyncSession, slug: str, credit_code: str | None, *, but: int | None = None
) -> bool:
    """Tell whether another organisation than `but` has the slug or the credit code."""
    same = [ORGANISATION.slug == slug]
    if credit_code is not None:
        same.append(ORGANISATION.credit_code == credit_code)
    statement = select(ORGANISATION.id).where(or_(*same), ORGANISATION.id != (but or 0))
    return await session.scalar(statement.limit(1)) is not None


async def page_of_organisations(
    session: AsyncSession, where: ColumnElement[bool], params: PageParams
) -> RowPage:
    return await fetch_page(session, select(Organisation).where(where), [SortKey(ORGANISATION.id)], params)


def _members() -> Any:
    return select(Membership, Person).join(Person, PERSON.id == MEMBERSHIP.person_id)


async def page_of_members(session: AsyncSession, organisation_id: int, params: PageParams) -> RowPage:
    """Return pairs of membership and person."""
    statement = _members().where(MEMBERSHIP.organisation_id == organisation_id)
    return await fetch_page(session, statement, [SortKey(PERSON.id)], params)


async def get_member(
    session: AsyncSession, organisation_id: int, person: uuid.UUID
) -> tuple[Membership, Person]:
    """Raises MemberNotFound."""
    statement = _members().where(MEMBERSHIP.organisation_id == organisation_id, PERSON.uid == person)
    row = (await session.execute(statement)).first()
    if row is None:
        raise MemberNotFound
    return row[0], row[1]


async def membership_of(session: AsyncSession, organisation_id: int, person_id: int) -> Membership | None:
    return await session.get(Membership, (person_id, organisation_id))


async def owners_of(session: AsyncSession, organisation_id: int) -> Sequence[int]:
    """Return the keys of the owners."""
    statement = select(MEMBERSHIP.person_id).where(
        MEMBERSHIP.organisation_id == organisation_id, MEMBERSHIP.role == OrganisationRole.OWNER
    )
    return (await session.scalars(statement)).all()


async def find_person(session: AsyncSession, email: str) -> Person | None:
    """Return the person with an account of this normalised address."""
    found: Person | None = await session.scalar(select(Person).where(PERSON.email == email))
    return found


async def key_of_member(session: AsyncSession, organisation_id: int, person: uuid.UUID) -> int | None:
    """Return the key of the person with this id; None for who is no member."""
    statement = (
        select(PERSON.id)
        .join(Membership, PERSON.id == MEMBERSHIP.person_id)
        .where(MEMBERSHIP.organisation_id == organisation_id, PERSON.uid == person)
    )
    return await session.scalar(statement)


async def is_member(session: AsyncSession, organisation_id: int, email: str) -> bool:
    statement = (
        select(PERSON.id)
        .join(Membership, PERSON.id == MEMBERSHIP.person_id)
        .where(MEMBERSHIP.organisation_id == organisation_id, PERSON.email == email)
    )
    return await session.scalar(statement) is not None


async def page_of_invitations(session: AsyncSession, organisation_id: int, params: PageParams) -> RowPage:
    statement = select(Invitation).where(INVITATION.organisation_id == organisation_id)
    return await fetch_page(session, statement, [SortKey(INVITATION.id, descending=True)], params)


async def get_invitation(
    session: AsyncSession, organisation_id: int, uid: uuid.UUID, *, lock: bool = False
) -> Invitation:
    """Raises InvitationNotFound."""
    statement = select(Invitation).where(INVITATION.organisation_id == organisation_id, INVITATION.uid == uid)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise InvitationNotFound
    return found


async def lock_invitation_by_token(session: AsyncSession, token_hash: str) -> Invitation:
    """Return the invitation, kept from others who would accept it. Raises InvitationNotFound."""
    statement = select(Invitation).where(INVITATION.token_hash == token_hash).with_for_update()
    found = await session.scalar(statement)
    if found is None:
        raise InvitationNotFound
    return found


def _duties() -> Any:
    return select(DepartmentMembership, Person).join(Person, PERSON.id == DUTY.person_id)


async def page_of_duties(
    session: AsyncSession, department: Department | None, region_code: str | None, params: PageParams
) -> RowPage:
    """Return pairs of duty and person."""
    statement = _duties()
    if department is not None:
        statement = statement.where(DUTY.department == department)
    if region_code is not None:
        statement = statement.where(DUTY.region_code == region_code)
    return await fetch_page(session, statement, [SortKey(DUTY.id)], params)


async def get_duty(session: AsyncSession, uid: uuid.UUID) -> tuple[DepartmentMembership, Person]:
    """Raises DepartmentMemberNotFound."""
    row = (await session.execute(_duties().where(DUTY.uid == uid))).first()
    if row is None:
        raise DepartmentMemberNotFound
    return row[0], row[1]


async def has_duty(session: AsyncSession, duty: DepartmentMembership) -> bool:
    """Tell whether the person has the same duty already."""
    statement = select(func.count()).where(
        DUTY.person_id == duty.person_id,
        DUTY.department == duty.department,
        DUTY.region_code == duty.region_code,
        DUTY.role == duty.role,
    )
    return bool(await session.scalar(statement))


async def page_of_experts(session: AsyncSession, params: PageParams) -> RowPage:
    return await fetch_page(session, select(Person).where(PERSON.is_expert), [SortKey(PERSON.id)], params)


async def get_expert(session: AsyncSession, uid: uuid.UUID) -> Person:
    """Raises ExpertNotFound."""
    statement = select(Person).where(PERSON.uid == uid, PERSON.is_expert).with_for_update()
    found = await session.scalar(statement)
    if found is None:
        raise ExpertNotFound
    return found


async def organisations_of_person(session: AsyncSession, person_id: int) -> Sequence[Row[Any]]:
    """Return pairs of organisation and role, in the order of joining."""
    statement = (
        select(Organisation, MEMBERSHIP.role)
        .join(Membership, ORGANISATION.id == MEMBERSHIP.organisation_id)
        .where(MEMBERSHIP.person_id == person_id)
        .order_by(MEMBERSHIP.created_at, ORGANISATION.id)
    )
    return (await session.execute(statement)).all()
