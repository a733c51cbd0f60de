"""Access of others to the `granted` tier of a result: asked for, granted until a date, refused, ended."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.auth.principal import Principal
from app.auth.who import ROLES_OF, Who
from app.errors import Forbidden, InvalidRequest, WrongState
from app.kit.clock import business_day
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.membership.queries import find_organisation
from app.membership.reading import key_of
from app.membership.usecases import key_of_principal
from app.models import (
    AccessRequest,
    AccessState,
    DisclosureTier,
    Organisation,
    OrganisationRole,
    Person,
    Result,
)
from app.notices import Notice, NoticeType, notify, people_of_organisation, uids_of
from app.outbox import AddressedType, Audience
from app.results import access_queries as queries
from app.results import access_schemas as schemas
from app.results.access_reading import page_of_requests, read_request, titles_of
from app.results.access_schemas import AccessDecision
from app.results.change import ENTITY
from app.results.errors import AccessOpen
from app.results.queries import get_result, get_version
from app.results.reading import known_result, title_of_result
from app.results.rules import KNOWN_TO_OWNER, holds_on

LONGEST_DAYS = 5 * 366
REQUEST = "access_request"
_EDITORS = (OrganisationRole.OWNER, OrganisationRole.EDITOR)
_DECISIONS = {
    AccessState.GRANTED: {"zh": "同意", "en": "granted"},
    AccessState.REFUSED: {"zh": "拒绝", "en": "refused"},
}


async def request_access(
    session: AsyncSession, principal: Principal, key: str, body: schemas.AccessAsked, *, now: datetime
) -> tuple[schemas.AccessRequestRead, int]:
    """Ask the owner of a result that one knows of; return the request with its version.

    Raises ResultNotFound, InvalidRequest, Forbidden and AccessOpen.
    """
    result, _, cleared = await known_result(session, principal, key, now=now)
    organisation = await _own_organisation(session, principal, body.organisation_id)
    person_id = key_of_principal(principal)
    organisation_id = None if organisation is None else key_of(organisation)
    if cleared.covers(DisclosureTier.SEALED):
        raise AccessOpen
    await _require_none(session, result, person_id, organisation_id, business_day(now))
    request = AccessRequest(
        result_id=key_of(result),
        person_id=person_id,
        organisation_id=organisation_id,
        reason=body.reason,
        state=AccessState.OPEN,
        created_at=now,
    )
    await _store(session, principal, result, request)
    asker = await session.get_one(Person, person_id)
    named = {"zh": asker.name, "en": None}
    if organisation is not None:
        named = {"zh": organisation.name_zh, "en": organisation.name_en}
    await _tell_owner(session, principal, result, request, named, now)
    return await get_request(session, request.uid, now=now)


async def grant_access(
    session: AsyncSession, principal: Principal, key: str, body: schemas.AccessGranted, *, now: datetime
) -> tuple[schemas.AccessRequestRead, int]:
    """Let an organisation or a person read without being asked; return the grant with its version.

    Raises ResultNotFound, WrongState for a result that only its owners know of, InvalidRequest and AccessOpen.
    """
    result = await get_result(session, key, lock=True)
    if result.state in KNOWN_TO_OWNER:
        raise WrongState
    today = business_day(now)
    _require_until(body.until, today)
    organisation = person = None
    if body.organisation_id is not None:
        organisation = await find_organisation(session, body.organisation_id)
    elif body.person_id is not None:
        person = await queries.person_by_uid(session, body.person_id)
    if organisation is None and person is None:
        name = "organisation_id" if body.person_id is None else "person_id"
        detail = Localized(zh="没有这个机构或用户", en="There is no such organisation or person")
        raise InvalidRequest.at(f"/body/{name}", "unknown_reader", detail)
    person_id = key_of_principal(principal) if person is None else key_of(person)
    organisation_id = None if organisation is None else key_of(organisation)
    await _require_none(session, result, person_id, organisation_id, today)
    request = AccessRequest(
        result_id=key_of(result),
        person_id=person_id,
        organisation_id=organisation_id,
        direct=True,
        reason=body.reason,
        state=AccessState.GRANTED,
        until=body.until,
        created_at=now,
        decided_at=now,
        decided_by_id=key_of_principal(principal),
    )
    await _store(session, principal, result, request)
    await _tell_reader(session, principal, result, request, now)
    return await get_request(session, request.uid, now=now)


async def decide_request(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    *,
    body: schemas.AccessDecide,
    precondition: Precondition,
    now: datetime,
) -> tuple[schemas.AccessRequestRead, int]:
    """Grant access until a date, or refuse it. Raises AccessRequestNotFound, PreconditionFailed, WrongState."""
    granted = body.decision is AccessDecision.GRANT
    if granted and body.until is not None:
        _require_until(body.until, business_day(now))
    request = await _lock(session, uid, precondition, AccessState.OPEN)
    state = AccessState.GRANTED if granted else AccessState.REFUSED
    request.until = body.until if granted else None
    return await _end(session, principal, request, state, body.answer, now=now)


async def withdraw_request(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, precondition: Precondition, *, now: datetime
) -> tuple[schemas.AccessRequestRead, int]:
    """Take an open request back. Raises AccessRequestNotFound, PreconditionFailed and WrongState."""
    request = await _lock(session, uid, precondition, AccessState.OPEN)
    return await _end(session, principal, request, AccessState.WITHDRAWN, None, now=now)


async def revoke_access(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    *,
    body: schemas.AccessRevoke,
    precondition: Precondition,
    now: datetime,
) -> tuple[schemas.AccessRequestRead, int]:
    """End access at once. Raises AccessRequestNotFound, PreconditionFailed and WrongState."""
    request = await _lock(session, uid, precondition, AccessState.GRANTED)
    return await _end(session, principal, request, AccessState.REVOKED, body.answer, now=now)


async def list_requests(
    session: AsyncSession, principal: Principal, asked: schemas.AccessFilters, *, now: datetime
) -> Page[schemas.AccessRequestRead]:
    """Return what one asked for, and what one's organisations may read, the newest first. Raises InvalidCursor."""
    return await page_of_requests(session, [queries.asked_by(principal)], asked, now)


async def list_requests_of_result(
    session: AsyncSession, key: str, asked: schemas.AccessFilters, *, now: datetime
) -> Page[schemas.AccessRequestRead]:
    """Return the requests for one result, the newest first. Raises ResultNotFound and InvalidCursor."""
    result = await get_result(session, key)
    return await page_of_requests(session, [queries.ACCESS.result_id == result.id], asked, now)


async def get_request(
    session: AsyncSession, uid: uuid.UUID, *, now: datetime
) -> tuple[schemas.AccessRequestRead, int]:
    """Return it with its version. Raises AccessRequestNotFound."""
    row = await queries.get_request(session, uid)
    titles = await titles_of(session, [row])
    return read_request(row, titles, business_day(now)), row[0].version


# --- What the changes have in common -------------------------------------------------------------------------


async def _own_organisation(
    session: AsyncSession, principal: Principal, key: str | None
) -> Organisation | None:
    if key is None:
        return None
    organisation = await find_organisation(session, key)
    role = None if organisation is None else principal.roles.get(key_of(organisation))
    if role is None:
        detail = Localized(
            zh="您不是任何这样的机构的成员", en="You are a member of no organisation with this id or slug"
        )
        raise InvalidRequest.at("/body/organisation_id", "unknown_organisation", detail)
    if role not in ROLES_OF[Who.EDITOR]:
        raise Forbidden
    return organisation


async def _require_none(
    session: AsyncSession, result: Result, person_id: int, organisation_id: int | None, today: date
) -> None:
    """Raise AccessOpen where the same reader has asked already, or may read today."""
    if organisation_id == result.organisation_id:
        raise AccessOpen
    for one in await queries.requests_for(
        session, key_of(result), person_id=person_id, organisation_id=organisation_id
    ):
        if one.state is AccessState.OPEN or holds_on(one.state, one.until, today):
            raise AccessOpen


def _require_until(until: date, today: date) -> None:
    if not today <= until <= today + timedelta(days=LONGEST_DAYS):
        detail = Localized(
            zh="须为今天至五年内的日期", en="It must be a day from today to five years from now"
        )
        raise InvalidRequest.at("/body/until", "invalid_until", detail)


async def _store(session: AsyncSession, principal: Principal, result: Result, request: AccessRequest) -> None:
    session.add(request)
    # Read back with the names of the result and the people.
    await session.flush()
    action = "access.granted" if request.direct else "access.requested"
    await _record(session, principal, action, result, request, None)


async def _lock(
    session: AsyncSession, uid: uuid.UUID, precondition: Precondition, state: AccessState
) -> AccessRequest:
    request = await queries.lock_request(session, uid)
    precondition.require(request.version)
    if request.state is not state:
        raise WrongState
    return request


async def _end(
    session: AsyncSession,
    principal: Principal,
    request: AccessRequest,
    state: AccessState,
    answer: str | None,
    *,
    now: datetime,
) -> tuple[schemas.AccessRequestRead, int]:
    before = {"state": request.state}
    request.state, request.answer = state, answer
    request.decided_at, request.decided_by_id = now, key_of_principal(principal)
    request.version += 1
    result = await session.get_one(Result, request.result_id)
    await _record(session, principal, f"access.{state}", result, request, before)
    if state is not AccessState.WITHDRAWN:
        await _tell_reader(session, principal, result, request, now)
    await session.flush()
    return await get_request(session, request.uid, now=now)


async def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    result: Result,
    request: AccessRequest,
    before: Mapping[str, Any] | None,
) -> None:
    owner = await session.get_one(Organisation, result.organisation_id)
    after = {
        "result": str(result.uid),
        "state": request.state,
        "until": None if request.until is None else request.until.isoformat(),
    }
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        REQUEST,
        request.uid,
        before=before,
        after=after,
        belongs_to=audit.Owner(organisation_uid=owner.uid),
    )


# --- Who is told ---------------------------------------------------------------------------------------------


async def _title(session: AsyncSession, result: Result) -> dict[str, Any]:
    version = await get_version(session, result, result.submitted or result.newest)
    return title_of_result(version).model_dump()


async def _tell_owner(
    session: AsyncSession,
    principal: Principal,
    result: Result,
    request: AccessRequest,
    named: Mapping[str, str | None],
    now: datetime,
) -> None:
    title = await _title(session, result)
    notice = asked_notice(result, request, title, named)
    await notify(
        session, await people_of_organisation(session, result.organisation_id, _EDITORS), notice, now=now
    )
    owner = await session.get_one(Organisation, result.organisation_id)
    event = outbox.Event(
        AddressedType.ACCESS_REQUESTED,
        ENTITY,
        result.uid,
        payload={"request": str(request.uid), "title": title, "organisation": dict(named)},
        audience=Audience(organisations=frozenset({owner.uid})),
    )
    outbox.add(session, event, actor=audit.actor_of(principal))


def asked_notice(
    result: Result, request: AccessRequest, title: Mapping[str, Any], named: Mapping[str, str | None]
) -> Notice:
    """Return what the owner of a result is told of a request; `named`: whoever asks."""
    payload = {"title": dict(title), "organisation": dict(named)}
    cause = f"access_requested:{request.uid}"
    return Notice(NoticeType.ACCESS_REQUESTED, ENTITY, result.uid, payload, cause)


async def _tell_reader(
    session: AsyncSession, principal: Principal, result: Result, request: AccessRequest, now: datetime
) -> None:
    """Tell who asked or may read; of an organisation, everybody."""
    title = await _title(session, result)
    people: Sequence[int] = [request.person_id]
    audience = Audience(people=await uids_of(session, people))
    if request.organisation_id is not None:
        organisation = await session.get_one(Organisation, request.organisation_id)
        people = await people_of_organisation(session, request.organisation_id)
        audience = Audience(organisations=frozenset({organisation.uid}))
    decision = _DECISIONS.get(request.state)
    kind, payload = NoticeType.ACCESS_REVOKED, {"title": title}
    if decision is not None:
        kind, payload = NoticeType.ACCESS_DECIDED, {"title": title, "decision": decision}
    cause = f"{kind}:{request.uid}"
    await notify(session, people, Notice(kind, ENTITY, result.uid, payload, cause=cause), now=now)
    event = outbox.Event(
        AddressedType.ACCESS_DECIDED,
        ENTITY,
        result.uid,
        payload={
            "request": str(request.uid),
            "title": title,
            "state": request.state,
            "until": None if request.until is None else request.until.isoformat(),
        },
        audience=audience,
    )
    outbox.add(session, event, actor=audit.actor_of(principal))
