"""What of the demo pool people have taken over, so that seeding leaves it alone; and all of it, when the demo goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import metadata
from app.seeding.pool_announce import announce_removed
from app.seeding.tables import Changes, remove

_TABLES = metadata.tables
_AUDIT = _TABLES["audit_entry"].c
_RESULT, _CALL, _PROJECT = _TABLES["result"].c, _TABLES["call"].c, _TABLES["pool_project"].c
_ORGANISATION, _PLATFORM = _TABLES["organisation"].c, _TABLES["platform"].c
_PROFILE = _TABLES["expert_profile"].c
_OF_RESULT = ("pool_project", "assignment", "access_request")


@dataclass(frozen=True)
class KeptPool:
    """Slugs of calls and results, and keys of people with an expert's profile, that people have edited."""

    calls: frozenset[str]
    results: frozenset[str]
    profiles: frozenset[int]


async def kept_pool(session: AsyncSession) -> KeptPool:
    """Read what people have done to calls, to results and to whatever belongs to these, by the audit trail."""
    touched = [_is_audited(_RESULT.uid)]
    for name in _OF_RESULT:
        table = _TABLES[name].c
        touched.append(exists().where(table.result_id == _RESULT.id, _is_audited(table.uid)))
    return KeptPool(
        calls=frozenset((await session.scalars(select(_CALL.slug).where(_is_audited(_CALL.uid)))).all()),
        results=frozenset((await session.scalars(select(_RESULT.slug).where(or_(*touched)))).all()),
        profiles=frozenset(
            (await session.scalars(select(_PROFILE.person_id).where(_PROFILE.version > 1))).all()
        ),
    )


def _is_audited(uid: ColumnElement[object]) -> ColumnElement[bool]:
    return exists().where(_AUDIT.entity_uid == uid)


async def remove_pool(session: AsyncSession, changes: Changes) -> None:
    """Remove the demo pool with what people have made of it: all of demo organisations and of calls of the demo.

    What an organisation that stays submitted to a call of the demo loses that call.
    """
    demo_owners = select(_ORGANISATION.id).where(_ORGANISATION.demo)
    demo_platforms = select(_PLATFORM.id).where(_PLATFORM.demo)
    of_demo = or_(_RESULT.demo, _RESULT.organisation_id.in_(demo_owners))
    calls = await _ids(session, _CALL.id, or_(_CALL.demo, _CALL.platform_id.in_(demo_platforms)))
    results = await _ids(session, _RESULT.id, of_demo)
    await announce_removed(session, results)
    await remove(session, _TABLES["result"], "id", results, changes)
    await session.execute(update(_TABLES["result"]).where(_RESULT.call_id.in_(calls)).values(call_id=None))
    await remove(session, _TABLES["call"], "id", calls, changes)


async def _ids(
    session: AsyncSession, column: ColumnElement[int], where: ColumnElement[bool]
) -> Sequence[int]:
    return (await session.scalars(select(column).where(where))).all()
