"""What seeding leaves alone: records that people, and no longer the seed files, answer for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import metadata

_ACCREDITATION = metadata.tables["accreditation"].c
_AUDIT = metadata.tables["audit_entry"].c
_CALL = metadata.tables["call"].c
_CO_OWNER = metadata.tables["result_owner"].c
_LISTING = metadata.tables["listing"].c
_ORGANISATION = metadata.tables["organisation"].c
_PLATFORM = metadata.tables["platform"].c
_RESULT = metadata.tables["result"].c
_OF_PLATFORM = ("platform", "accreditation")


@dataclass(frozen=True)
class Kept:
    """Slugs of platforms that were edited here, decided on or have called for results, and of edited organisations."""

    platforms: frozenset[str]
    organisations: frozenset[str]


async def kept_records(session: AsyncSession) -> Kept:
    """Read what people have taken over: platforms with a listing, decision or call, organisations that were edited."""
    decided = exists().where(_AUDIT.platform_uid == _PLATFORM.uid, _AUDIT.entity.in_(_OF_PLATFORM))
    listed = exists().where(_LISTING.platform_id == _PLATFORM.id)
    calls = exists().where(_CALL.platform_id == _PLATFORM.id, ~_CALL.demo)
    edited = exists().where(_AUDIT.entity_uid == _ORGANISATION.uid, _AUDIT.entity == "organisation")
    return Kept(
        platforms=frozenset(await _slugs(session, _PLATFORM.slug, or_(listed, decided, calls))),
        organisations=frozenset(await _slugs(session, _ORGANISATION.slug, edited)),
    )


async def demo_platforms_of(session: AsyncSession, organisations: Collection[str]) -> Sequence[str]:
    """Return the demo platforms that people have made for some organisations, named by slug."""
    statement = (
        select(_PLATFORM.slug)
        .join_from(_PLATFORM.id.table, _ORGANISATION.id.table, _ORGANISATION.id == _PLATFORM.operator_id)
        .where(_PLATFORM.demo, _ORGANISATION.slug.in_(organisations))
    )
    return (await session.scalars(statement)).all()


async def organisations_in_use(session: AsyncSession) -> Collection[str]:
    """Return the slugs of the organisations that operate a platform, hold an accreditation or own a result."""
    operates = exists().where(_PLATFORM.operator_id == _ORGANISATION.id)
    holds = exists().where(_ACCREDITATION.holder_id == _ORGANISATION.id)
    owns = exists().where(_RESULT.organisation_id == _ORGANISATION.id)
    co_owns = exists().where(_CO_OWNER.organisation_id == _ORGANISATION.id)
    return set(await _slugs(session, _ORGANISATION.slug, or_(operates, holds, owns, co_owns)))


async def _slugs(
    session: AsyncSession, slug: ColumnElement[str], condition: ColumnElement[bool]
) -> Sequence[str]:
    return (await session.scalars(select(slug).where(condition))).all()
