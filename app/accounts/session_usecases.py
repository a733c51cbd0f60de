"""Signing in, staying signed in, signing out."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import queries, schemas
from app.accounts.errors import RefreshRefused, SignInFailed
from app.accounts.rate_limits import Limit
from app.accounts.rules import PresentedToken, RefreshOutcome, refresh_outcome
from app.accounts.tools import Tools
from app.auth.tokens import AccessToken, SecretKind, hash_of, new_secret, write_access_token
from app.db import writing
from app.models import Person, RefreshToken


async def sign_in(tools: Tools, given: schemas.SignIn) -> schemas.Session:
    """Begin a session. Whatever is wrong, as much is done and the same is answered.

    Raises SignInFailed and TooManyRequests.
    """
    tools.limits.count(Limit.SIGN_IN_BY_CLIENT, tools.client)
    tools.limits.count(Limit.SIGN_IN_BY_ADDRESS, given.email)
    async with tools.new_session() as session:
        person = await queries.person_by_email(session, given.email)
    right = await tools.passwords.verify(
        given.password.get_secret_value(), None if person is None else person.password_hash
    )
    if person is None or not right or person.confirmed_at is None or person.disabled:
        raise SignInFailed
    async with writing(tools.new_session) as session:
        if person.id is not None:
            await queries.forget_ended_tokens(session, person.id, tools.now)
        return _next_tokens(session, tools, person, uuid.uuid4())


async def refresh(tools: Tools, refresh_token: str) -> schemas.Session:
    """Take a refresh token for the next pair. One that was used before ends its whole session.

    Raises RefreshRefused and TooManyRequests.
    """
    tools.limits.count(Limit.TOKEN_BY_CLIENT, tools.client)
    token_hash = hash_of(SecretKind.REFRESH_TOKEN, refresh_token)
    if token_hash is None:
        raise RefreshRefused
    async with writing(tools.new_session) as session:
        found = await queries.refresh_token_for_update(session, token_hash)
        presented = None if found is None else _presented(*found)
        outcome = refresh_outcome(presented, tools.now)
        if found is not None and outcome is RefreshOutcome.ROTATED:
            token, person = found
            token.used_at = tools.now
            return _next_tokens(session, tools, person, token.family)
        if found is not None and outcome is RefreshOutcome.REUSED:
            await queries.revoke_family(session, found[0].family, tools.now)
    # Raised when the revocation is committed, not rolled back.
    raise RefreshRefused


async def sign_out(tools: Tools, refresh_token: str) -> None:
    """End the session of a refresh token. Does nothing for one that is not known."""
    token_hash = hash_of(SecretKind.REFRESH_TOKEN, refresh_token)
    if token_hash is None:
        return
    async with writing(tools.new_session) as session:
        found = await queries.refresh_token_for_update(session, token_hash)
        if found is not None:
            await queries.revoke_family(session, found[0].family, tools.now)


def _presented(token: RefreshToken, person: Person) -> PresentedToken:
    return PresentedToken(token.expires_at, token.used_at, token.revoked_at, person.disabled)


def _next_tokens(session: AsyncSession, tools: Tools, person: Person, family: uuid.UUID) -> schemas.Session:
    secret = new_secret(SecretKind.REFRESH_TOKEN)
    expires_at = tools.now + tools.refresh_lifetime
    session.add(
        RefreshToken(
            person_id=person.id or 0,
            family=family,
            token_hash=secret.sha256,
            issued_at=tools.now,
            expires_at=expires_at,
        )
    )
    access_token = write_access_token(
        AccessToken(person.uid, family), tools.token_key.get(), now=tools.now, lifetime=tools.access_lifetime
    )
    return schemas.Session(
        access_token=access_token,
        expires_in_seconds=int(tools.access_lifetime.total_seconds()),
        refresh_token=secret.text,
        refresh_expires_at=expires_at,
    )
