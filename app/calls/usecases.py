"""Calls: one function per use case. Rights to one that exists are decided before, by the table."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.auth.who import Target, holds_any
from app.calls import queries, schemas
from app.calls.errors import CallSlugTaken, FixedOnceOpen
from app.calls.reading import places_of, read_call, title_of
from app.calls.rules import CallState, fault_of_window, fixed_while_open, state_of
from app.calls.targets import CALL_PEOPLE, target_of_department
from app.error_handlers import invalid_request
from app.errors import ErrorItem, Forbidden, InvalidRequest, WrongState
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.listing.review_queries import any_platform
from app.membership.reading import Reader, key_of
from app.models import Call, Organisation, Platform, PlatformKind
from app.models.base import new_uid
from app.notices import Notice, NoticeType, notify, people_of_organisation
from app.registry.errors import PlatformNotFound
from app.vocabulary.names import unknown_codes

_FIXED = Localized(zh="征集开始后不能修改", en="Cannot change once the call is open")


async def create_call(
    session: AsyncSession, principal: Principal, reader: Reader, body: schemas.CallCreate, *, now: datetime
) -> tuple[schemas.CallRead, int]:
    """Store a call of a centre or department that one acts for; return it with its version.

    Raises InvalidRequest, Forbidden and CallSlugTaken.
    """
    _require_known_codes(reader, body.fields, body.regions)
    platform = await _right_to_call(session, principal, reader, body)
    _require_window(body.opens_at, body.closes_at, now)
    uid = new_uid()
    slug = body.slug or f"call-{uid.hex[-12:]}"
    if await queries.slug_taken(session, slug):
        raise CallSlugTaken
    call = Call(
        uid=uid,
        slug=slug,
        platform_id=None if platform is None else platform.id,
        department=body.department,
        region_code=body.region_code,
        created_at=now,
        **_columns(body, set(_MEMBERS)),
    )
    session.add(call)
    try:
        # The error is ours to answer.
        await session.flush()
    except IntegrityError as error:
        raise CallSlugTaken from error
    await _record(session, principal, "call.created", call, None, _facts(call))
    return await get_call(session, reader, str(uid), now=now)


async def list_calls(
    session: AsyncSession, reader: Reader, asked: schemas.CallFilters, *, now: datetime
) -> Page[schemas.CallRead]:
    """Return the calls that keep every filter, those that opened last first. Raises InvalidCursor."""
    conditions: list[ColumnElement[bool]] = []
    if asked.state:
        conditions.append(or_(*(queries.has_state(state, now) for state in asked.state)))
    if asked.field is not None:
        conditions.append(queries.takes_field(asked.field))
    if asked.region is not None:
        conditions.append(queries.names_any(queries.CALL.regions, places_of(reader, asked.region)))
    if asked.platform is not None:
        conditions.append(queries.is_platform(asked.platform))
    if asked.department is not None:
        conditions.append(queries.CALL.department == asked.department)
    if asked.q is not None:
        conditions.append(queries.says(asked.q))
    if asked.demo is not None:
        conditions.append(queries.CALL.demo.is_(asked.demo))
    page = await queries.page_of_calls(session, conditions, asked)
    return page.to_page(lambda row: read_call(reader, row[0], row[1], row[2], now))


async def get_call(
    session: AsyncSession, reader: Reader, key: str, *, now: datetime
) -> tuple[schemas.CallRead, int]:
    """Return it with its version. Raises CallNotFound."""
    call, platform, operator = await queries.call_with_owner(session, key)
    return read_call(reader, call, platform, operator, now), call.version


async def update_call(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    *,
    body: schemas.CallUpdate,
    precondition: Precondition,
    now: datetime,
) -> tuple[schemas.CallRead, int]:
    """Change what is given; return it with its new version.

    Raises CallNotFound, PreconditionFailed, WrongState for one that has ended, FixedOnceOpen and InvalidRequest.
    """
    _require_known_codes(reader, body.fields or (), body.regions or ())
    call = await queries.get_call(session, key, lock=True)
    precondition.require(call.version)
    state = _state(call, now)
    if state not in (CallState.SCHEDULED, CallState.OPEN):
        raise WrongState
    columns = _columns(body, body.model_fields_set)
    changed = {name for name in body.model_fields_set if _differs(call, columns, name)}
    if state is CallState.OPEN:
        _require_changeable(changed)
    if changed & {"opens_at", "closes_at"}:
        earliest = call.closes_at if state is CallState.OPEN else None
        _require_window(
            body.opens_at or call.opens_at, body.closes_at or call.closes_at, now, earliest=earliest
        )
    if changed:
        before = _facts(call)
        for name, value in columns.items():
            setattr(call, name, value)
        call.version += 1
        await _record(session, principal, "call.changed", call, before, _facts(call))
    return await get_call(session, reader, str(call.uid), now=now)


async def cancel_call(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    *,
    body: schemas.CallCancel,
    precondition: Precondition,
    now: datetime,
) -> tuple[schemas.CallRead, int]:
    """End a call before its time, with a reason; the owners of what was submitted are told.

    Raises CallNotFound, PreconditionFailed and WrongState.
    """
    call = await queries.get_call(session, key, lock=True)
    precondition.require(call.version)
    if _state(call, now) not in (CallState.SCHEDULED, CallState.OPEN):
        raise WrongState
    before = _facts(call)
    call.cancelled_at, call.cancel_reason = now, body.reason
    call.version += 1
    await _record(session, principal, "call.cancelled", call, before, _facts(call))
    notice = Notice(
        NoticeType.CALL_CANCELLED,
        "call",
        call.uid,
        {"call": title_of(call).model_dump()},
        cause=f"call_cancelled:{call.uid}",
    )
    for organisation_id in await queries.owners_of_submitted(session, key_of(call)):
        await notify(session, await people_of_organisation(session, organisation_id), notice, now=now)
    return await get_call(session, reader, str(call.uid), now=now)


# --- Who may call, and what a call may say -------------------------------------------------------------------


async def _right_to_call(
    session: AsyncSession, principal: Principal, reader: Reader, body: schemas.CallCreate
) -> Platform | None:
    """Return the centre that calls, None where a department does. Raises InvalidRequest and Forbidden."""
    if body.platform_id is None:
        _require_known_codes(reader, (), [body.region_code or ""], "/body/region_code")
        assert body.department is not None  # noqa: S101 (the body has one owner; narrows the type)
        platform, target = None, target_of_department(body.department, body.region_code or "")
    else:
        platform = await _centre(session, body.platform_id)
        target = Target(organisation_id=platform.operator_id)
    if not holds_any(principal, CALL_PEOPLE, target, lambda code: _city(reader, code)):
        raise Forbidden
    return platform


def _city(reader: Reader, code: str | None) -> str | None:
    city = reader.names.city_of(code)
    return None if city is None else city.code


async def _centre(session: AsyncSession, key: str) -> Platform:
    try:
        platform = await any_platform(session, key)
    except PlatformNotFound:
        platform = None
    if platform is None or not platform.live or platform.kind is not PlatformKind.VERIFICATION_CENTRE:
        detail = Localized(
            zh="没有这个已发布的概念验证中心",
            en="There is no published verification centre with this id or slug",
        )
        raise InvalidRequest.at("/body/platform_id", "unknown_platform", detail)
    return platform


def _require_known_codes(reader: Reader, fields: Any, regions: Any, pointer: str = "/body/regions") -> None:
    items = [
        *unknown_codes("/body/fields", fields, reader.names.fields),
        *unknown_codes(pointer, regions, reader.names.regions),
    ]
    if items:
        raise invalid_request(items)


def _require_window(
    opens_at: datetime, closes_at: datetime, now: datetime, *, earliest: datetime | None = None
) -> None:
    fault = fault_of_window(opens_at, closes_at, now, earliest=earliest)
    if fault is not None:
        raise InvalidRequest.at("/body/closes_at", "invalid_window", fault)


def _require_changeable(changed: set[str]) -> None:
    fixed = fixed_while_open(changed)
    if fixed:
        items = [ErrorItem(pointer=f"/body/{name}", code="fixed_once_open", detail=_FIXED) for name in fixed]
        raise FixedOnceOpen(errors=items)


# --- From bodies to columns ----------------------------------------------------------------------------------

_MEMBERS = (
    "title",
    "description",
    "fields",
    "regions",
    "opens_at",
    "closes_at",
    "rubric",
    "required",
    "experts_per_result",
    "disagreement_bound",
)
_TEXTS = ("title", "description")


def _columns(body: schemas.CallCreate | schemas.CallUpdate, given: set[str]) -> dict[str, Any]:
    """Return the columns for the members given. Raises InvalidRequest for one that cannot be cleared."""
    columns: dict[str, Any] = {}
    for name in given:
        value = getattr(body, name)
        if name == "description":
            zh, en = (None, None) if value is None else (value.zh, value.en)
            columns |= {"description_zh": zh, "description_en": en}
        elif value is None:
            detail = Localized(zh="不能清空", en="This cannot be cleared")
            raise InvalidRequest.at(f"/body/{name}", "missing", detail)
        elif name == "title":
            columns |= {"title_zh": value.zh, "title_en": value.en}
        elif name == "rubric":
            columns[name] = [one.model_dump(mode="json") for one in value]
        else:
            columns[name] = value
    return columns


def _differs(call: Call, columns: Mapping[str, Any], name: str) -> bool:
    names = (f"{name}_zh", f"{name}_en") if name in _TEXTS else (name,)
    return any(getattr(call, column) != columns[column] for column in names)


def _state(call: Call, now: datetime) -> CallState:
    return state_of(call.opens_at, call.closes_at, call.cancelled_at, now)


_NOT_AUDITED = {"id", "uid", "version", "platform_id", "created_at", "opening_told_at"}


def _facts(call: Call) -> dict[str, Any]:
    stored = call.model_dump(mode="json", exclude=_NOT_AUDITED)
    return {name: value for name, value in stored.items() if value not in (None, [])}


async def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    call: Call,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    platform = None if call.platform_id is None else await session.get(Platform, call.platform_id)
    operator = None
    if platform is not None and platform.operator_id is not None:
        operator = await session.get(Organisation, platform.operator_id)
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "call",
        call.uid,
        before=before,
        after=after,
        belongs_to=audit.Owner(
            None if operator is None else operator.uid, None if platform is None else platform.uid
        ),
    )
