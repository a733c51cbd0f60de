"""What an organisation is to the public: its identity stands on published platforms, so it is not edited unseen."""

from collections.abc import Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.auth.principal import Principal
from app.kit.etag import Precondition
from app.membership import queries, reading
from app.membership.errors import IdentityIsPublic, OrganisationInUse
from app.models import Organisation, OrganisationRole, metadata
from app.outbox.events import ChangeType, platform_event

_ACCREDITATION = metadata.tables["accreditation"].c
_PLATFORM = metadata.tables["platform"].c
_OF_THE_ORGANISATION = ("membership", "invitation", "api_key", "platform_claim")


async def require_right_to_rename(
    session: AsyncSession, principal: Principal, organisation: Organisation
) -> None:
    """Raises IdentityIsPublic where an owner would change what the public sees without a review."""
    as_owner = principal.roles.get(reading.key_of(organisation)) is OrganisationRole.OWNER
    if as_owner and not principal.is_admin and await _is_public(session, organisation):
        raise IdentityIsPublic


async def announce_new_identity(
    session: AsyncSession, principal: Principal, organisation: Organisation
) -> None:
    """Tell the indexes and the feed that the published platforms of the organisation read otherwise now."""
    operated = select(_PLATFORM.id.table).where(
        _PLATFORM.operator_id == reading.key_of(organisation), _PLATFORM.live
    )
    for platform in await session.execute(operated):
        event = platform_event(
            ChangeType.PLATFORM_CHANGED,
            platform.uid,
            slug=platform.slug,
            name_zh=platform.name_zh,
            name_en=platform.name_en,
            demo=platform.demo,
        )
        outbox.add(session, event, actor=audit.actor_of(principal))


async def close_organisation(
    session: AsyncSession, principal: Principal, key: str, precondition: Precondition
) -> None:
    """End the organisation with its members, invitations and keys; what retired platforms show of it stays.

    Raises OrganisationNotFound, PreconditionFailed and OrganisationInUse.
    """
    organisation = await queries.get_organisation(session, key, lock=True)
    precondition.require(reading.version_of_organisation(organisation))
    own = reading.key_of(organisation)
    operated = select(_PLATFORM.retired_on).where(_PLATFORM.operator_id == own)
    retirements = (await session.scalars(operated)).all()
    if None in retirements:
        raise OrganisationInUse
    audit.record(
        session,
        audit.actor_of(principal),
        "organisation.closed",
        "organisation",
        organisation.uid,
        before={"slug": organisation.slug, "name_zh": organisation.name_zh},
        belongs_to=audit.Owner(organisation.uid),
    )
    await session.flush()
    for name in _OF_THE_ORGANISATION:
        table = metadata.tables[name]
        await session.execute(delete(table).where(table.c.organisation_id == own))
    if not await _is_mentioned(session, own, retirements):
        await session.execute(delete(metadata.tables["organisation"]).where(queries.ORGANISATION.id == own))


async def _is_public(session: AsyncSession, organisation: Organisation) -> bool:
    own = reading.key_of(organisation)
    operates = select(_PLATFORM.id).where(_PLATFORM.operator_id == own, _PLATFORM.live).exists()
    holds = select(_ACCREDITATION.id).where(_ACCREDITATION.holder_id == own, _ACCREDITATION.live).exists()
    return bool(await session.scalar(select(or_(operates, holds))))


async def _is_mentioned(session: AsyncSession, own: int, retirements: Sequence[object]) -> bool:
    held = await session.scalar(select(_ACCREDITATION.id).where(_ACCREDITATION.holder_id == own).limit(1))
    return bool(retirements) or held is not None
