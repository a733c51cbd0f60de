"""What experts say of themselves: one function per use case. Rights are decided before, by the table."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.assessment import queries, reading, schemas
from app.auth.principal import Principal
from app.disclosure.clearance import clearance
from app.disclosure.rules import is_known
from app.error_handlers import invalid_request
from app.errors import InvalidRequest
from app.kit.clock import business_day
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.membership.reading import Reader, key_of
from app.models import ExpertConflict, ExpertProfile, Organisation, Person
from app.vocabulary.names import unknown_codes

_NEVER_SAVED = 0
"""The version of a profile that its expert has not saved yet."""


async def get_profile(
    session: AsyncSession, reader: Reader, uid: uuid.UUID
) -> tuple[schemas.ExpertProfileRead, int]:
    """Return the profile with its version; an expert who has said nothing has an empty one.

    Raises ExpertNotFound.
    """
    person = await queries.get_expert(session, uid)
    profile = await queries.find_profile(session, key_of(person)) or _empty(person)
    return await _read(session, reader, person, profile), profile.version


async def set_profile(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    uid: uuid.UUID,
    body: schemas.ExpertProfileSet,
    precondition: Precondition,
) -> tuple[schemas.ExpertProfileRead, int]:
    """Save what an expert says. Raises ExpertNotFound, InvalidRequest and PreconditionFailed."""
    items = unknown_codes("/body/disciplines", body.disciplines, reader.names.fields)
    if items:
        raise invalid_request(items)
    person = await queries.get_expert(session, uid)
    profile = await queries.find_profile(session, key_of(person), lock=True) or _empty(person)
    precondition.require(profile.version)
    before = None if profile.version == _NEVER_SAVED else _facts(profile)
    organisation = await _organisation(session, body.organisation_id)
    profile.organisation_id = None if organisation is None else organisation.id
    profile.disciplines = list(dict.fromkeys(body.disciplines))
    profile.quota = body.quota
    profile.available_from, profile.available_to = body.available_from, body.available_to
    profile.version += 1
    session.add(profile)
    audit.record(
        session,
        audit.actor_of(principal),
        "expert.profile_set",
        "person",
        person.uid,
        before=before,
        after=_facts(profile),
    )
    return await _read(session, reader, person, profile), profile.version


async def list_conflicts(
    session: AsyncSession, uid: uuid.UUID, params: PageParams
) -> Page[schemas.ExpertConflictRead]:
    """Raises ExpertNotFound and InvalidCursor."""
    person = await queries.get_expert(session, uid)
    page = await queries.page_of_conflicts(session, key_of(person), params)
    return page.to_page(lambda row: reading.conflict(*row[:4]))


async def declare_conflict(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    body: schemas.ExpertConflictCreate,
    *,
    now: datetime,
) -> schemas.ExpertConflictRead:
    """Store a declaration. Raises ExpertNotFound and InvalidRequest for what is not known to the expert."""
    person = await queries.get_expert(session, uid)
    organisation = await _organisation(session, body.organisation_id)
    result = version = None
    if body.result_id is not None:
        result, version = await _known_result(session, principal, body.result_id, now)
    row = ExpertConflict(
        person_id=key_of(person),
        organisation_id=None if organisation is None else organisation.id,
        result_id=None if result is None else result.id,
        reason=body.reason,
        created_at=now,
    )
    session.add(row)
    _record(session, principal, "expert.conflict_declared", row, after=_what(organisation, result))
    return reading.conflict(row, organisation, result, version)


async def withdraw_conflict(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, conflict_id: uuid.UUID
) -> None:
    """Take a declaration back; a recusal stands. Raises ExpertNotFound and ExpertConflictNotFound."""
    person = await queries.get_expert(session, uid)
    row = await queries.get_conflict(session, key_of(person), conflict_id)
    await session.delete(row)
    _record(session, principal, "expert.conflict_withdrawn", row, before={"conflict": str(row.uid)})


def _empty(person: Person) -> ExpertProfile:
    return ExpertProfile(person_id=key_of(person), version=_NEVER_SAVED)


async def _read(
    session: AsyncSession, reader: Reader, person: Person, profile: ExpertProfile
) -> schemas.ExpertProfileRead:
    organisation = None
    if profile.organisation_id is not None:
        organisation = await session.get(Organisation, profile.organisation_id)
    working = await queries.open_assignments(session)
    return reading.profile(reader, person, profile, organisation, working.get(key_of(person), 0))


async def _organisation(session: AsyncSession, uid: uuid.UUID | None) -> Organisation | None:
    """Raises InvalidRequest for an id that no organisation has."""
    if uid is None:
        return None
    found: Organisation | None = await session.scalar(
        select(Organisation).where(queries.ORGANISATION.uid == uid)
    )
    if found is None:
        detail = Localized(zh="没有这个机构", en="There is no such organisation")
        raise InvalidRequest.at("/body/organisation_id", "unknown_organisation", detail)
    return found


async def _known_result(session: AsyncSession, principal: Principal, uid: uuid.UUID, now: datetime) -> Any:
    """Raises InvalidRequest for a result that is neither assigned to the expert nor otherwise known."""
    found = await queries.submitted_result(session, queries.RESULT.uid == uid)
    if found is not None:
        known = await clearance(session, principal, key_of(found[0]), today=business_day(now))
        if is_known(found[0].state, known, call_is_open=False):
            return found
    detail = Localized(zh="没有您可见的这项成果", en="There is no such result that you may see")
    raise InvalidRequest.at("/body/result_id", "unknown_result", detail)


def _facts(profile: ExpertProfile) -> dict[str, Any]:
    return {
        "disciplines": profile.disciplines,
        "quota": profile.quota,
        "available_from": None if profile.available_from is None else profile.available_from.isoformat(),
        "available_to": None if profile.available_to is None else profile.available_to.isoformat(),
    }


def _what(organisation: Organisation | None, result: Any) -> dict[str, Any]:
    return {
        "organisation": None if organisation is None else str(organisation.uid),
        "result": None if result is None else str(result.uid),
    }


def _record(
    session: AsyncSession, principal: Principal, action: str, row: ExpertConflict, **values: Any
) -> None:
    audit.record(session, audit.actor_of(principal), action, "expert_conflict", row.uid, **values)
