"""Every SELECT of calls."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.errors import CallNotFound
from app.calls.rules import CallState
from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page, only
from app.models import Call, Organisation, Platform, ResultState, metadata

CALL = metadata.tables["call"].c
PLATFORM = metadata.tables["platform"].c
ORGANISATION = metadata.tables["organisation"].c
_RESULT = metadata.tables["result"].c
_VERSION = metadata.tables["result_version"].c
_EMPTY = "[]"


def has_state(state: CallState, now: datetime) -> ColumnElement[bool]:
    """The SQL side of `app.calls.rules.state_of`."""
    stands = CALL.cancelled_at.is_(None)
    match state:
        case CallState.CANCELLED:
            return CALL.cancelled_at.is_not(None)
        case CallState.SCHEDULED:
            return stands & (CALL.opens_at > now)
        case CallState.OPEN:
            return stands & (CALL.opens_at <= now) & (CALL.closes_at > now)
        case CallState.CLOSED:
            return stands & (CALL.opens_at <= now) & (CALL.closes_at <= now)


def names_any(column: ColumnElement[Any], codes: Iterable[str]) -> ColumnElement[bool]:
    """The list of codes in the JSON column is empty, or has one of `codes`."""
    written = cast(column, String)
    return or_(written == _EMPTY, *(written.contains(f'"{code}"', autoescape=True) for code in codes))


def takes_field(code: str) -> ColumnElement[bool]:
    """The SQL side of `app.calls.rules.takes_field`, for one field and what it belongs to."""
    parts = code.split(".")
    return names_any(CALL.fields, [".".join(parts[:count]) for count in range(1, len(parts) + 1)])


def is_platform(key: str) -> ColumnElement[bool]:
    """The call is of the centre with this id or slug."""
    return CALL.platform_id.in_(select(PLATFORM.id).where(has_key(PLATFORM, key)))


def says(words: str) -> ColumnElement[bool]:
    """The title in either language has the words."""
    return or_(
        CALL.title_zh.icontains(words, autoescape=True), CALL.title_en.icontains(words, autoescape=True)
    )


def _with_owner() -> Any:
    return (
        select(Call, Platform, Organisation)
        .outerjoin(Platform, PLATFORM.id == CALL.platform_id)
        .outerjoin(Organisation, ORGANISATION.id == PLATFORM.operator_id)
    )


async def page_of_calls(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return triples of call, its centre and the operator of that; those that opened last come first."""
    order = [SortKey(CALL.opens_at, descending=True), SortKey(CALL.id, descending=True)]
    shown = _with_owner().options(
        only(Platform, "uid", "slug", "name_zh", "name_en", "region_code"),
        only(Organisation, "uid", "slug", "name_zh", "name_en"),
    )
    return await fetch_page(session, shown.where(*conditions), order, params)


async def call_with_owner(
    session: AsyncSession, key: str
) -> tuple[Call, Platform | None, Organisation | None]:
    """Raises CallNotFound."""
    found = (await session.execute(_with_owner().where(has_key(CALL, key)))).first()
    if found is None:
        raise CallNotFound
    return found[0], found[1], found[2]


async def find_call(session: AsyncSession, key: str, *, lock: bool = False) -> Call | None:
    """Return the call with this id or slug; `lock` keeps it from other editors."""
    statement = select(Call).where(has_key(CALL, key))
    found: Call | None = await session.scalar(statement.with_for_update() if lock else statement)
    return found


async def get_call(session: AsyncSession, key: str, *, lock: bool = False) -> Call:
    """Return the call with this id or slug. Raises CallNotFound."""
    found = await find_call(session, key, lock=lock)
    if found is None:
        raise CallNotFound
    return found


async def slug_taken(session: AsyncSession, slug: str) -> bool:
    return await session.scalar(select(CALL.id).where(CALL.slug == slug)) is not None


async def owners_of_submitted(session: AsyncSession, call_id: int) -> Sequence[int]:
    """Return the keys of the organisations that have a result with the call."""
    statement = select(_RESULT.organisation_id).where(
        _RESULT.call_id == call_id, _RESULT.submitted.is_not(None)
    )
    return (await session.scalars(statement.distinct().order_by(_RESULT.organisation_id))).all()


async def opened_untold(session: AsyncSession, now: datetime, most: int) -> Sequence[Call]:
    """Return open calls of which nobody was told so, those that opened first come first; kept from editors."""
    statement = (
        select(Call)
        .where(has_state(CallState.OPEN, now), CALL.opening_told_at.is_(None))
        .order_by(CALL.opens_at, CALL.id)
        .limit(most)
    )
    return (await session.scalars(statement.with_for_update())).all()


async def waiting_results(session: AsyncSession) -> Sequence[Any]:
    """Return the fields of each result that its owner may submit to a new call, and who and where the owner is.

    They are those of the newest version, which is the one that would be submitted.
    """
    statement = (
        select(
            ORGANISATION.id,
            ORGANISATION.uid,
            ORGANISATION.region_code,
            ORGANISATION.demo,
            _VERSION.document["fields"].label("fields"),
        )
        .join_from(_RESULT.id.table, ORGANISATION.id.table, ORGANISATION.id == _RESULT.organisation_id)
        .join(_VERSION.number.table, (_VERSION.result_id == _RESULT.id) & (_VERSION.number == _RESULT.newest))
        .where(_RESULT.state.in_([ResultState.DRAFT, ResultState.RETURNED]))
        .order_by(ORGANISATION.id, _RESULT.id)
    )
    return (await session.execute(statement)).all()
