"""Drafts of results: made, edited, deleted, and who may read which field."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.auth.principal import Principal
from app.auth.who import ROLES_OF, Who
from app.disclosure.rules import FIELDS, is_allowed, tier_of
from app.error_handlers import invalid_request
from app.errors import ErrorItem, Forbidden
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.membership.errors import OrganisationNotFound
from app.membership.queries import find_organisation
from app.membership.reading import Reader, key_of
from app.membership.usecases import key_of_principal
from app.models import (
    DisclosureTier,
    Organisation,
    PoolProject,
    Result,
    ResultState,
    ResultVersion,
    metadata,
)
from app.models.base import new_uid
from app.outbox import ChangeType
from app.results import queries, schemas
from app.results.attachment_queries import hashes_of_result
from app.results.change import apply, facts, lock_for, record
from app.results.documents import ResultDocument
from app.results.errors import ResultSlugTaken
from app.results.reading import read_result, view_for_owner
from app.results.rules import Action
from app.vocabulary.names import unknown_codes

_PROJECT = metadata.tables["pool_project"].c


async def create_result(
    session: AsyncSession, principal: Principal, reader: Reader, body: schemas.ResultCreate, *, now: datetime
) -> tuple[schemas.ResultRead, int]:
    """Store a draft of an organisation that one edits for; return it with its version.

    Raises OrganisationNotFound, Forbidden, InvalidRequest and ResultSlugTaken.
    """
    owner = await _own_organisation(session, principal, body.organisation_id)
    _require_known_codes(reader, body.document)
    _require_allowed(body.tiers)
    uid = new_uid()
    slug = body.slug or f"result-{uid.hex[-12:]}"
    if await queries.slug_taken(session, slug):
        raise ResultSlugTaken
    result = Result(
        uid=uid,
        slug=slug,
        organisation_id=key_of(owner),
        created_by_id=key_of_principal(principal),
        state=ResultState.DRAFT,
        fields=list(body.document.fields),
        demo=owner.demo,
        created_at=now,
    )
    session.add(result)
    try:
        # The key is needed by the rows that point to it, and the error is ours to answer.
        await session.flush()
    except IntegrityError as error:
        raise ResultSlugTaken from error
    session.add(
        ResultVersion(
            result_id=key_of(result),
            number=result.newest,
            document=body.document.stored(),
            tiers=_stored(body.tiers),
            created_at=now,
        )
    )
    await _set_co_owners(session, result, body.co_owner_ids)
    told = facts(result, tiers=_stored(body.tiers), says=_said(body.document))
    await record(session, principal, "result.created", result, before=None, after=told)
    return read_result(await view_for_owner(session, result)), result.version


async def update_result(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    *,
    body: schemas.ResultUpdate,
    precondition: Precondition,
) -> tuple[schemas.ResultRead, int]:
    """Change the version that is being written; return it with the new version of the result.

    Raises ResultNotFound, PreconditionFailed, WrongState and InvalidRequest.
    """
    result = await lock_for(session, key, Action.EDIT, precondition)
    version = await queries.get_version(session, result, result.newest)
    changed: list[str] = []
    if body.document is not None:
        _require_known_codes(reader, body.document)
        stored = body.document.stored()
        changed += [name for name in stored if stored[name] != version.document.get(name)]
        version.document = stored
        if result.submitted is None:
            result.fields = list(body.document.fields)
    if body.co_owner_ids is not None and await _set_co_owners(session, result, body.co_owner_ids):
        changed.append("co_owner_ids")
    if changed:
        apply(result, Action.EDIT)
        told = facts(result, changed=changed)
        await record(session, principal, "result.changed", result, before=None, after=told)
    return read_result(await view_for_owner(session, result)), result.version


async def update_tiers(
    session: AsyncSession,
    principal: Principal,
    key: str,
    *,
    body: schemas.TiersUpdate,
    precondition: Precondition,
) -> tuple[schemas.ResultRead, int]:
    """Say anew who may read which field, in every version and from this moment on.

    Possible in each state; of a pooled result, what is public stays public. Raises ResultNotFound,
    PreconditionFailed and InvalidRequest.
    """
    result = await queries.get_result(session, key, lock=True)
    precondition.require(result.version)
    _require_allowed(body.tiers)
    version = await queries.get_version(session, result, result.newest)
    before, stored = version.tiers, _stored(body.tiers)
    if result.state is ResultState.POOLED:
        _require_same_public(before, stored)
    if stored != before:
        of_result = metadata.tables["result_version"].c.result_id == result.id
        await session.execute(update(ResultVersion).where(of_result).values(tiers=stored))
        await session.refresh(version)
        result.version += 1
        await record(
            session,
            principal,
            "result.tiers_changed",
            result,
            before={"tiers": before},
            after={"tiers": stored},
        )
        await _announce(session, principal, result)
    return read_result(await view_for_owner(session, result)), result.version


async def delete_result(
    session: AsyncSession, principal: Principal, key: str, precondition: Precondition
) -> Sequence[str]:
    """Delete a draft that was never submitted; return the hashes of its attachments.

    Raises ResultNotFound, PreconditionFailed and WrongState.
    """
    result = await lock_for(session, key, Action.DELETE, precondition)
    hashes = await hashes_of_result(session, key_of(result))
    await record(session, principal, "result.deleted", result, before=facts(result), after=None)
    await session.delete(result)
    return hashes


async def _own_organisation(session: AsyncSession, principal: Principal, key: str) -> Organisation:
    found = await find_organisation(session, key)
    role = None if found is None or found.id is None else principal.roles.get(found.id)
    if found is None or role is None:
        raise OrganisationNotFound
    if role not in ROLES_OF[Who.EDITOR]:
        raise Forbidden
    return found


async def _set_co_owners(session: AsyncSession, result: Result, keys: Sequence[str]) -> bool:
    """Make these the co-owners; return whether they are others than before. Raises InvalidRequest."""
    found: list[int] = []
    items = []
    for position, key in enumerate(keys):
        organisation = await find_organisation(session, key)
        if organisation is None or organisation.id == result.organisation_id:
            detail = Localized(
                zh="没有这个机构，或它已是所有者", en="No such organisation, or it owns the result"
            )
            items.append(
                ErrorItem(
                    pointer=f"/body/co_owner_ids/{position}", code="unknown_organisation", detail=detail
                )
            )
        else:
            found.append(key_of(organisation))
    if items:
        raise invalid_request(items)
    before = {key_of(one) for one in await queries.co_owners_of(session, key_of(result))}
    if before == set(found):
        return False
    await queries.set_co_owners(session, key_of(result), found)
    return True


def _require_known_codes(reader: Reader, document: ResultDocument) -> None:
    cities = [] if document.constraints is None else [document.constraints.city_code]
    items = [
        *unknown_codes("/body/document/fields", document.fields, reader.names.fields),
        *unknown_codes(
            "/body/document/constraints/city_code", [code for code in cities if code], reader.names.places
        ),
    ]
    if items:
        raise invalid_request(items)


def _require_allowed(tiers: Mapping[str, DisclosureTier]) -> None:
    items = [
        ErrorItem(pointer=f"/body/tiers/{field}", code="tier_not_allowed", detail=_bounds(field))
        for field, tier in tiers.items()
        if not is_allowed(field, tier)
    ]
    if items:
        raise invalid_request(items)


def _bounds(field: str) -> Localized:
    rule = FIELDS.get(field)
    if rule is None:
        known = ", ".join(FIELDS)
        return Localized(
            zh=f"没有这个字段；可设置：{known}", en=f"There is no such field; there are: {known}"
        )
    return Localized(
        zh=f"该字段的级别须在 {rule.lowest} 与 {rule.highest} 之间",
        en=f"The tier of this field must be from {rule.lowest} to {rule.highest}",
    )


def _require_same_public(before: Mapping[str, str], then: Mapping[str, str]) -> None:
    """What was published of a pooled result stays as it is: others have read and kept it."""
    public = DisclosureTier.PUBLIC
    items = [
        ErrorItem(
            pointer=f"/body/tiers/{field}",
            code="public_is_fixed",
            detail=Localized(
                zh="入库后，公开范围不能改变", en="What is public of a pooled result cannot change"
            ),
        )
        for field in FIELDS
        if (tier_of(field, before) is public) is not (tier_of(field, then) is public)
    ]
    if items:
        raise invalid_request(items)


def _stored(tiers: Mapping[str, DisclosureTier]) -> dict[str, str]:
    """Return only what differs from the defaults, as a version keeps it."""
    return {field: tier.value for field, tier in sorted(tiers.items()) if FIELDS[field].default is not tier}


def _said(document: ResultDocument) -> list[str]:
    """Return the names of the fields that say something."""
    return [name for name, value in document.stored().items() if value not in (None, [])]


async def _announce(session: AsyncSession, principal: Principal, result: Result) -> None:
    """Let the indexes know that members may read more or less of a pooled project."""
    project = await session.scalar(select(PoolProject).where(_PROJECT.result_id == result.id))
    if project is not None and result.state is ResultState.POOLED:
        event = outbox.project_event(
            ChangeType.PROJECT_CHANGED,
            project.uid,
            slug=project.slug,
            title_zh=project.title_zh,
            title_en=project.title_en,
            demo=project.demo,
        )
        outbox.add(session, event, actor=audit.actor_of(principal))
