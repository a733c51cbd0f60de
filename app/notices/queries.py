"""Every SELECT of notifications, and who is to be told."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.models import (
    Department,
    DepartmentDuty,
    MailToSend,
    Notification,
    OrganisationRole,
    Person,
    metadata,
)
from app.notices.errors import NotificationNotFound

NOTIFICATION = metadata.tables["notification"].c
_PERSON = metadata.tables["person"].c
_MEMBERSHIP = metadata.tables["membership"].c
_DUTY = metadata.tables["department_membership"].c
_MAIL = metadata.tables["mail_to_send"].c
_WATCH = metadata.tables["watch"].c
_REGION = metadata.tables["region"].c
_PROVINCES = "%0000"


async def people_of_organisation(
    session: AsyncSession, organisation_id: int, roles: Collection[OrganisationRole] = tuple(OrganisationRole)
) -> Sequence[int]:
    """Return the keys of the members with one of the roles, whose accounts are not disabled."""
    return await people_of_organisations(session, [organisation_id], roles)


async def people_of_organisations(
    session: AsyncSession,
    organisation_ids: Collection[int],
    roles: Collection[OrganisationRole] = tuple(OrganisationRole),
) -> Sequence[int]:
    """Return the keys of those who have one of the roles in any of the organisations, each once."""
    statement = (
        select(_PERSON.id)
        .distinct()
        .where(_PERSON.disabled.is_(False), _PERSON.id == _MEMBERSHIP.person_id)
        .where(_MEMBERSHIP.organisation_id.in_(organisation_ids), _MEMBERSHIP.role.in_(list(roles)))
    )
    return (await session.scalars(statement.order_by(_PERSON.id))).all()


async def people_of_department(
    session: AsyncSession,
    department: Department,
    region_code: str | None,
    duties: Collection[DepartmentDuty] = tuple(DepartmentDuty),
) -> Sequence[int]:
    """Return the keys of those who have one of the duties for a place: in its city, or in the province.

    None is nowhere in particular, so the province alone. Source: `app.auth.who.region_within`.
    """
    city = select(_REGION.parent_code).where(_REGION.code == region_code, _REGION.level == "county")
    own = select(_REGION.code).where(_REGION.code == region_code, _REGION.level == "city")
    here = or_(_DUTY.region_code.like(_PROVINCES), _DUTY.region_code.in_(city), _DUTY.region_code.in_(own))
    statement = (
        select(_PERSON.id)
        .distinct()
        .where(_PERSON.disabled.is_(False), _PERSON.id == _DUTY.person_id, here)
        .where(_DUTY.department == department, _DUTY.role.in_(list(duties)))
    )
    return (await session.scalars(statement.order_by(_PERSON.id))).all()


async def uids_of(session: AsyncSession, people: Iterable[int]) -> frozenset[uuid.UUID]:
    """Return the public ids of people, for the audience of an event."""
    statement = select(_PERSON.uid).where(_PERSON.id.in_(sorted(set(people))))
    return frozenset((await session.scalars(statement)).all())


async def page_of_notifications(
    session: AsyncSession,
    person_id: int,
    *,
    unread: bool | None,
    kind: str | None,
    params: PageParams,
) -> RowPage:
    """Return the newest first."""
    statement: Select[Any] = select(Notification).where(NOTIFICATION.person_id == person_id)
    if unread is not None:
        is_unread = NOTIFICATION.read_at.is_(None)
        statement = statement.where(is_unread if unread else ~is_unread)
    if kind is not None:
        statement = statement.where(NOTIFICATION.type == kind)
    return await fetch_page(session, statement, [SortKey(NOTIFICATION.id, descending=True)], params)


async def count_unread(session: AsyncSession, person_id: int) -> int:
    statement = (
        select(func.count())
        .select_from(NOTIFICATION.id.table)
        .where(NOTIFICATION.person_id == person_id, NOTIFICATION.read_at.is_(None))
    )
    return await session.scalar(statement) or 0


async def find_notification(session: AsyncSession, uid: uuid.UUID) -> Notification | None:
    """Return the notification with this id, whosever it is."""
    found: Notification | None = await session.scalar(select(Notification).where(NOTIFICATION.uid == uid))
    return found


async def get_notification(session: AsyncSession, person_id: int, uid: uuid.UUID) -> Notification:
    """Raises NotificationNotFound, also for one of somebody else."""
    found = await find_notification(session, uid)
    if found is None or found.person_id != person_id:
        raise NotificationNotFound
    return found


async def mark_all_read(
    session: AsyncSession, person_id: int, *, until: datetime | None, now: datetime
) -> int:
    """Mark what is unread, made before or at `until`; return how many."""
    marked = update(Notification).where(NOTIFICATION.person_id == person_id, NOTIFICATION.read_at.is_(None))
    if until is not None:
        marked = marked.where(NOTIFICATION.created_at <= until)
    changed: int = (await session.execute(marked.values(read_at=now))).rowcount  # type: ignore[attr-defined]
    return changed


async def has_due_mail(session: AsyncSession, now: datetime) -> bool:
    """Tell whether there is a mail to try."""
    return await session.scalar(select(_MAIL.id).where(_MAIL.next_try_at <= now).limit(1)) is not None


async def lock_due_mail(
    session: AsyncSession, now: datetime
) -> tuple[MailToSend, Person, uuid.UUID | None] | None:
    """Return the mail that has waited longest, to whom it goes, and its watch; None while nothing is due.

    It is kept from other senders, who take the next one.
    """
    statement = (
        select(MailToSend, Person, _WATCH.uid)
        .join(Person, _PERSON.id == _MAIL.person_id)
        .outerjoin(_WATCH.id.table, _WATCH.id == _MAIL.watch_id)
        .where(_MAIL.next_try_at <= now)
        .order_by(_MAIL.next_try_at, _MAIL.id)
        .limit(1)
        .with_for_update(of=MailToSend, skip_locked=True)
    )
    found = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1], found[2])


async def forget_mail(session: AsyncSession, mail_id: int) -> None:
    """Delete a mail that was sent, or is given up."""
    await session.execute(delete(MailToSend).where(_MAIL.id == mail_id))


async def note_mail_error(session: AsyncSession, mail_id: int, error: str) -> None:
    """Keep what went wrong with the last attempt."""
    await session.execute(update(MailToSend).where(_MAIL.id == mail_id).values(error=error))
