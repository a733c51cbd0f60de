"""`Idempotency-Key` on every POST that writes: honoured when sent, never required.

The key is claimed and the answer kept in the transaction of the request itself, so either both stand or neither:
whenever a process dies, a repeated request finds the whole of the first one, or nothing of it. A request that fails
is rolled back with its claim, and may be repeated. Two at once: the second waits for the first (a unique key of the
database), up to a limit, then gets 409 with Retry-After.
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal, PrincipalDep
from app.db import SessionDep
from app.errors import InvalidRequest, problems
from app.kit.idempotency import (
    KEPT_HOURS,
    Answer,
    IdempotencyKeyReused,
    RequestInProgress,
    check_key,
    fingerprint_of,
    key_hash,
    seal,
    unseal,
)
from app.models import metadata

REPLAYED_HEADER = "Idempotency-Replayed"
_WAIT_SECONDS = 5
_LOCK_NOT_AVAILABLE = "55P03"
_TABLE = metadata.tables["idempotency_record"]
_C = _TABLE.c
_NOT_KEPT = frozenset({"content-length"})


@dataclass(frozen=True)
class _Claim:
    """A request that is the first with its key; its answer is to be kept."""

    session: AsyncSession
    record: str
    key: str


class AlreadyAnswered(Exception):
    """The request was answered before; `answer` is what was said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


async def honour_idempotency_key(
    request: Request,
    principal: PrincipalDep,
    session: SessionDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Any text of your own, best a UUID. The same request sent again with it within 24 hours "
            "is done once and gets the same answer; another request with it is refused with 422."
        ),
    ] = None,
) -> None:
    """FastAPI dependency: claim the key for this request.

    Raises AlreadyAnswered, IdempotencyKeyReused, RequestInProgress, and InvalidRequest for an unusable key.
    """
    if idempotency_key is None:
        return
    check_key(idempotency_key)
    record = key_hash(_owner(principal), idempotency_key)
    fingerprint = await _fingerprint(request)
    answer = await claim(session, record, fingerprint, idempotency_key, now=request.app.state.clock())
    if answer is not None:
        raise AlreadyAnswered(answer)
    request.state.idempotency_claim = _Claim(session, record, idempotency_key)


class IdempotentRoute(APIRoute):
    """A route whose POSTs honour the header; the other methods are as ever."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            dependencies = list(options.get("dependencies") or ())
            options["dependencies"] = [*dependencies, Depends(honour_idempotency_key)]
            declared = problems(IdempotencyKeyReused, RequestInProgress, InvalidRequest)
            options["responses"] = _joined(declared, options.get("responses") or {})
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler; what it answers is kept before its transaction is committed."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            try:
                response = await handle(request)
            except AlreadyAnswered as known:
                headers = {**known.answer.headers, REPLAYED_HEADER: "true"}
                return Response(known.answer.body, known.answer.status, headers)
            claimed: _Claim | None = getattr(request.state, "idempotency_claim", None)
            if claimed is not None:
                await _keep(claimed, response)
            return response

        return handle_once


async def claim(
    session: AsyncSession, record: str, fingerprint: str, key: str, *, now: datetime
) -> Answer | None:
    """Claim the record in this transaction; return the answer when the same request was answered before.

    Raises IdempotencyKeyReused and RequestInProgress.
    """
    expired = now - timedelta(hours=KEPT_HOURS)
    await session.execute(delete(_TABLE).where(_C.record == record, _C.created_at < expired))
    if await _insert(session, {"record": record, "fingerprint": fingerprint, "created_at": now}):
        return None
    found = (await session.execute(select(_C.fingerprint, _C.answer).where(_C.record == record))).first()
    if found is None or found.answer is None:
        raise RequestInProgress
    if found.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return unseal(found.answer, key)


async def forget_expired(session: AsyncSession, now: datetime) -> int:
    """Delete what has been kept long enough; return how many."""
    expired = delete(_TABLE).where(_C.created_at < now - timedelta(hours=KEPT_HOURS))
    deleted: int = (await session.execute(expired)).rowcount  # type: ignore[attr-defined]
    return deleted


async def _insert(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Insert unless the record is there, waiting for a transaction that is about to insert it."""
    if session.get_bind().dialect.name == "sqlite":
        # Whoever writes has the only write lock of the database already, so nobody else is inserting.
        statement = sqlite.insert(_TABLE).values(values).on_conflict_do_nothing()
        return bool((await session.execute(statement)).rowcount)  # type: ignore[attr-defined]
    await session.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'"))
    try:
        inserted = await session.execute(
            postgresql.insert(_TABLE).values(values).on_conflict_do_nothing().returning(_C.record)
        )
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise RequestInProgress from None
        raise
    claimed = inserted.first() is not None
    await session.execute(text("SET LOCAL lock_timeout = DEFAULT"))
    return claimed


async def _keep(claimed: _Claim, response: Response) -> None:
    """Keep the answer. One that is streamed cannot be kept, so its claim is given up."""
    body = getattr(response, "body", None)
    own = _C.record == claimed.record
    if not isinstance(body, bytes) or response.status_code >= 400:
        await claimed.session.execute(delete(_TABLE).where(own))
        return
    headers = {name: value for name, value in response.headers.items() if name not in _NOT_KEPT}
    sealed = seal(Answer(response.status_code, headers, body), claimed.key)
    await claimed.session.execute(update(_TABLE).where(own).values(answer=sealed))


async def _fingerprint(request: Request) -> str:
    target = request.url.path + ("?" + request.url.query if request.url.query else "")
    # A route that receives a file itself says what is in it; the form around it may differ from try to try.
    received: str | None = getattr(request.state, "content_digest", None)
    if received is not None:
        return fingerprint_of(request.method, target, "", received)
    body = hashlib.sha256(await request.body()).hexdigest()
    return fingerprint_of(request.method, target, request.headers.get("content-type", ""), body)


def _owner(principal: Principal) -> str:
    """Each person, and each API key, has keys of its own; those who are not signed in share theirs."""
    return f"{principal.person_uid or 'anonymous'} {principal.api_key_id or ''}"


def _joined(first: dict[int | str, dict[str, Any]], second: dict[int | str, Any]) -> dict[int | str, Any]:
    """Join two declarations of problems; where both have a status, their examples come together."""
    joined: dict[int | str, Any] = {**first, **second}
    for status in first.keys() & second.keys():
        contents = joined[status] = {**second[status], "content": {**second[status].get("content", {})}}
        for media_type, declared in first[status]["content"].items():
            there = contents["content"].get(media_type, {})
            examples = {**declared["examples"], **there.get("examples", {})}
            contents["content"][media_type] = {**declared, **there, "examples": examples}
    return joined
