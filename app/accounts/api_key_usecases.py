"""API keys: for machines that act for a person."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.accounts import queries, schemas
from app.accounts.errors import TooManyApiKeys
from app.auth.principal import Principal
from app.auth.tokens import SecretKind, new_secret
from app.errors import InvalidRequest
from app.kit.i18n import Localized
from app.models import ApiKey

MAX_KEYS = 50
"""How many good keys one person may have."""

_AUDITED = {"name", "prefix", "scopes", "organisation_id", "expires_at"}


async def create_api_key(
    session: AsyncSession, principal: Principal, given: schemas.ApiKeyCreate, now: datetime
) -> schemas.ApiKeyCreated:
    """Make a key; it is shown in this answer only. Raises InvalidRequest and TooManyApiKeys."""
    person_id = principal.person_id or 0
    # Locks the person, so that two requests at once cannot both be the last that is allowed.
    await queries.get_person_for_update(session, person_id)
    if await queries.count_good_api_keys(session, person_id, now) >= MAX_KEYS:
        raise TooManyApiKeys
    organisation_id = await _organisation(session, principal, given.organisation_id)
    secret = new_secret(SecretKind.API_KEY)
    key = ApiKey(
        person_id=person_id,
        organisation_id=organisation_id,
        name=given.name,
        prefix=secret.prefix,
        key_hash=secret.sha256,
        scopes=sorted(set(given.scopes)),
        expires_at=now + timedelta(days=given.expires_in_days),
        created_at=now,
    )
    session.add(key)
    shown = _read(key, given.organisation_id, now)
    after = shown.model_dump(mode="json", include=_AUDITED)
    audit.record(session, audit.actor_of(principal), "api_key.created", "api_key", key.uid, after=after)
    return schemas.ApiKeyCreated(**shown.model_dump(), key=secret.text)


async def list_api_keys(session: AsyncSession, principal: Principal, now: datetime) -> schemas.ApiKeyList:
    """Return the keys that are not revoked, newest first."""
    keys = await queries.api_keys_of(session, principal.person_id or 0)
    return schemas.ApiKeyList(items=[_read(key, organisation, now) for key, organisation in keys])


async def revoke_api_key(session: AsyncSession, principal: Principal, uid: uuid.UUID, now: datetime) -> None:
    """End a key at once. Raises ApiKeyNotFound."""
    key = await queries.get_api_key(session, principal.person_id or 0, uid)
    key.revoked_at = now
    before = _read(key, None, now).model_dump(mode="json", include=_AUDITED - {"organisation_id"})
    audit.record(session, audit.actor_of(principal), "api_key.revoked", "api_key", key.uid, before=before)


async def _organisation(session: AsyncSession, principal: Principal, uid: uuid.UUID | None) -> int | None:
    if uid is None:
        return None
    found = await queries.organisation_key(session, uid)
    if found is None or found not in principal.roles:
        detail = Localized(zh="您不是该组织的成员", en="You are not a member of this organisation")
        raise InvalidRequest.at("/body/organisation_id", "not_a_member", detail)
    return found


def _read(key: ApiKey, organisation_id: uuid.UUID | None, now: datetime) -> schemas.ApiKeyRead:
    return schemas.ApiKeyRead(
        id=key.uid,
        name=key.name,
        prefix=key.prefix,
        scopes=schemas.known_scopes(key.scopes),
        organisation_id=organisation_id,
        created_at=key.created_at,
        expires_at=key.expires_at,
        expired=key.expires_at <= now,
        last_used_at=key.last_used_at,
    )
