"""Attachments of results: added to the version that is being written, given only to who may read their tier."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.db import SessionFactory
from app.disclosure.readings import Reading, record_readings
from app.disclosure.rules import Clearance
from app.errors import InvalidRequest, WrongState
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.membership.reading import key_of
from app.membership.usecases import key_of_principal
from app.models import Attachment, DisclosureTier, Result, ResultState
from app.results import attachment_queries as queries
from app.results import schemas
from app.results.change import lock_for, record
from app.results.errors import AttachmentNotFound, TooManyAttachments
from app.results.files import path_of, place
from app.results.queries import get_result
from app.results.reading import known_result, may_read_version, read_attachment
from app.results.rules import Action
from app.results.uploads import ReceivedAttachment
from app.results.usecases import organisation_of
from app.settings import Settings

MOST_ATTACHMENTS = 50


@dataclass(frozen=True)
class Download:
    """A file that may be given away, and what it is."""

    path: Path
    name: str
    media_type: str
    sha256: str
    tier: DisclosureTier


async def add_attachment(
    session: AsyncSession,
    settings: Settings,
    principal: Principal,
    key: str,
    received: ReceivedAttachment,
    tier: DisclosureTier,
    *,
    now: datetime,
) -> tuple[schemas.AttachmentRead, int]:
    """Add a file to the version that is being written; return it with the new version of the result.

    Raises ResultNotFound, WrongState and TooManyAttachments.
    """
    result = await lock_for(session, key, Action.EDIT)
    if await queries.count_attachments(session, key_of(result)) >= MOST_ATTACHMENTS:
        raise TooManyAttachments
    await place(session, settings, received.path, received.sha256)
    attachment = Attachment(
        result_id=key_of(result),
        name=received.name,
        media_type=received.kind.value,
        size=received.size,
        sha256=received.sha256,
        tier=tier,
        created_at=now,
        created_by_id=key_of_principal(principal),
        since_version=result.newest,
    )
    session.add(attachment)
    result.version += 1
    await _record(session, principal, "attachment.added", result, attachment)
    return read_attachment(attachment), result.version


async def update_attachment(
    session: AsyncSession,
    principal: Principal,
    key: str,
    uid: uuid.UUID,
    *,
    tier: DisclosureTier,
    precondition: Precondition,
) -> tuple[schemas.AttachmentRead, int]:
    """Give an attachment another tier, at once and in each state; what is public of a pooled result stays public.

    Raises ResultNotFound, AttachmentNotFound, PreconditionFailed and InvalidRequest.
    """
    result = await get_result(session, key, lock=True)
    precondition.require(result.version)
    attachment = await queries.get_attachment(session, key_of(result), uid, lock=True)
    public = DisclosureTier.PUBLIC
    if result.state is ResultState.POOLED and (attachment.tier is public) is not (tier is public):
        detail = Localized(
            zh="入库后，公开范围不能改变", en="What is public of a pooled result cannot change"
        )
        raise InvalidRequest.at("/body/tier", "public_is_fixed", detail)
    if attachment.tier is not tier:
        attachment.tier = tier
        result.version += 1
        await _record(session, principal, "attachment.changed", result, attachment)
    return read_attachment(attachment), result.version


async def remove_attachment(
    session: AsyncSession, principal: Principal, key: str, uid: uuid.UUID, precondition: Precondition
) -> Sequence[str]:
    """Take a file out of the version that is being written; return the hashes that may be unused from now on.

    Versions that were submitted with it keep it. Raises ResultNotFound, AttachmentNotFound, PreconditionFailed and
    WrongState.
    """
    result = await lock_for(session, key, Action.EDIT, precondition)
    attachment = await queries.get_attachment(session, key_of(result), uid, lock=True)
    if attachment.until_version is not None:
        raise WrongState
    result.version += 1
    await _record(session, principal, "attachment.removed", result, attachment)
    if attachment.since_version < result.newest:
        attachment.until_version = result.newest
        return ()
    await session.delete(attachment)
    return (attachment.sha256,)


async def get_download(
    session: AsyncSession,
    new_session: SessionFactory,
    settings: Settings,
    principal: Principal,
    key: str,
    uid: uuid.UUID,
    *,
    now: datetime,
) -> Download:
    """Return a file that the principal may read, once it is recorded that it is given away.

    Raises ResultNotFound and AttachmentNotFound.
    """
    result, _, cleared = await known_result(session, principal, key, now=now)
    attachment = await queries.get_attachment(session, key_of(result), uid)
    number = _version_shown(result, attachment, cleared)
    if number is None or not cleared.covers(attachment.tier):
        raise AttachmentNotFound
    download = Download(
        path_of(settings, attachment.sha256),
        attachment.name,
        attachment.media_type,
        attachment.sha256,
        attachment.tier,
    )
    if not cleared.owns and attachment.tier is not DisclosureTier.PUBLIC:
        reading = Reading(result.uid, number, {f"attachment:{attachment.uid}": attachment.tier})
        reads_for = await organisation_of(session, principal)
        await record_readings(
            session,
            new_session,
            principal,
            [reading],
            via="get_attachment",
            at=now,
            organisation_uid=reads_for,
        )
    return download


def _version_shown(result: Result, attachment: Attachment, cleared: Clearance) -> int | None:
    """Return the newest version with the attachment that may be read; None: there is none."""
    until = attachment.until_version or result.newest + 1
    readable = (
        number
        for number in range(until - 1, attachment.since_version - 1, -1)
        if may_read_version(result, number, cleared)
    )
    return next(readable, None)


async def _record(
    session: AsyncSession, principal: Principal, action: str, result: Result, attachment: Attachment
) -> None:
    """Not its name: that may be as confidential as its content."""
    told = {
        "attachment": str(attachment.uid),
        "tier": attachment.tier,
        "size": attachment.size,
        "version": result.newest,
    }
    await record(session, principal, action, result, before=None, after=told)
