"""Every SELECT of results and their versions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page, only
from app.models import (
    Assignment,
    AssignmentState,
    Call,
    Organisation,
    Result,
    ResultNeed,
    ResultOwner,
    ResultState,
    ResultVersion,
    metadata,
)
from app.results.errors import ResultNotFound, VersionNotFound

RESULT = metadata.tables["result"].c
VERSION = metadata.tables["result_version"].c
ORGANISATION = metadata.tables["organisation"].c
CALL = metadata.tables["call"].c
_CO_OWNER = metadata.tables["result_owner"].c
_NEED = metadata.tables["result_need"].c
_ASSIGNMENT = metadata.tables["assignment"].c


async def find_result(session: AsyncSession, key: str) -> Result | None:
    """Return the result with this id or slug, whoever may know of it."""
    found: Result | None = await session.scalar(select(Result).where(has_key(RESULT, key)))
    return found


async def get_result(session: AsyncSession, key: str, *, lock: bool = False) -> Result:
    """Return the result with this id or slug; `lock` keeps it from others who would change it.

    Raises ResultNotFound.
    """
    statement = select(Result).where(has_key(RESULT, key))
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise ResultNotFound
    return found


async def slug_taken(session: AsyncSession, slug: str) -> bool:
    return await session.scalar(select(RESULT.id).where(RESULT.slug == slug)) is not None


async def get_version(session: AsyncSession, result: Result, number: int) -> ResultVersion:
    """Raises VersionNotFound."""
    found = await session.get(ResultVersion, (result.id, number))
    if found is None:
        raise VersionNotFound
    return found


async def versions_of(session: AsyncSession, result_id: int) -> Sequence[ResultVersion]:
    """Return them, the newest first."""
    statement = select(ResultVersion).where(VERSION.result_id == result_id).order_by(VERSION.number.desc())
    return (await session.scalars(statement)).all()


async def co_owners_of(session: AsyncSession, result_id: int) -> Sequence[Organisation]:
    statement = (
        select(Organisation)
        .join(ResultOwner, _CO_OWNER.organisation_id == ORGANISATION.id)
        .where(_CO_OWNER.result_id == result_id)
        .order_by(ORGANISATION.id)
    )
    return (await session.scalars(statement)).all()


async def set_co_owners(session: AsyncSession, result_id: int, organisations: Iterable[int]) -> None:
    """Make these the co-owners of a result."""
    await session.execute(delete(ResultOwner).where(_CO_OWNER.result_id == result_id))
    session.add_all(
        ResultOwner(result_id=result_id, organisation_id=one) for one in sorted(set(organisations))
    )
    # What is read next is read with them.
    await session.flush()


def in_field(code: str) -> ColumnElement[bool]:
    """The result is of the field, or of a sub-direction of it."""
    written = cast(RESULT.fields, String)
    return or_(written.contains(f'"{code}"', autoescape=True), written.contains(f'"{code}.', autoescape=True))


async def page_of_results(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return rows of result, owner and call, the newest first, with what a summary shows of each."""
    statement: Any = (
        select(Result, Organisation, Call)
        .options(
            only(Result, "uid", "slug", "state", "newest", "submitted", "submitted_at", "created_at", "demo"),
            only(Organisation, "uid", "slug", "name_zh", "name_en"),
            only(Call, "uid", "slug", "title_zh", "title_en"),
        )
        .join(Organisation, ORGANISATION.id == RESULT.organisation_id)
        .outerjoin(Call, CALL.id == RESULT.call_id)
        .where(*conditions)
    )
    return await fetch_page(session, statement, [SortKey(RESULT.id, descending=True)], params)


async def versions_by_key(
    session: AsyncSession, keys: Collection[tuple[int, int]]
) -> Mapping[int, ResultVersion]:
    """Return one version of each result, by the key of the result; `keys` are pairs of result and number."""
    if not keys:
        return {}
    by_number: dict[int, list[int]] = {}
    for result_id, number in keys:
        by_number.setdefault(number, []).append(result_id)
    asked = [VERSION.result_id.in_(ids) & (VERSION.number == number) for number, ids in by_number.items()]
    rows = await session.scalars(select(ResultVersion).where(or_(*asked)))
    return {row.result_id: row for row in rows}


async def submitted_others(
    session: AsyncSession, result_id: int
) -> Sequence[tuple[int, int, ResultState, list[int], list[int]]]:
    """Return of each other result that was ever submitted: key, owner, state, fingerprint, that of its public text."""
    statement = (
        select(RESULT.id, RESULT.organisation_id, RESULT.state, RESULT.fingerprint, RESULT.public_fingerprint)
        .where(RESULT.submitted.is_not(None), RESULT.id != result_id)
        .order_by(RESULT.id)
    )
    return [(row[0], row[1], ResultState(row[2]), row[3], row[4]) for row in await session.execute(statement)]


async def results_with_owner(
    session: AsyncSession, ids: Collection[int]
) -> Mapping[int, tuple[Result, Organisation]]:
    statement = (
        select(Result, Organisation)
        .join(Organisation, ORGANISATION.id == RESULT.organisation_id)
        .where(RESULT.id.in_(ids))
    )
    return {result.id or 0: (result, owner) for result, owner in await session.execute(statement)}


async def write_needs(session: AsyncSession, result_id: int, needs: Sequence[Mapping[str, Any]]) -> None:
    """Make these the needs of a result: rows of `result_need` without the key of the result."""
    await session.execute(delete(ResultNeed).where(_NEED.result_id == result_id))
    session.add_all(ResultNeed(result_id=result_id, **need) for need in needs)


async def release_assignments(session: AsyncSession, result_id: int, *, reason: str, now: datetime) -> None:
    """Take a result back from the experts who have not judged it yet."""
    open_ones = (_ASSIGNMENT.result_id == result_id) & (_ASSIGNMENT.state == AssignmentState.ASSIGNED)
    values = {"state": AssignmentState.RELEASED, "ended_at": now, "reason": reason}
    await session.execute(update(Assignment).where(open_ones).values(**values))
