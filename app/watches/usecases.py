"""Saving searches and matches, and ending them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import actor_of, record
from app.auth.principal import Principal
from app.catalogue.params import SearchParams
from app.disclosure.clearance import clearance
from app.errors import InvalidRequest, SearchUnavailable
from app.kit.clock import business_day
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.matching.facts import Rank
from app.matching.snapshot_cache import SnapshotCache
from app.models import Alert, Watch, WatchKind, WatchNeed
from app.results.errors import ResultNotFound
from app.results.queries import find_result
from app.vocabulary.names import Names
from app.watches import queries, schemas
from app.watches.asking import needs_of_result
from app.watches.errors import TooManyWatches, WatchNotFound
from app.watches.looking import Looker
from app.watches.rules import MOST_HITS, MOST_WATCHES, AlertType
from app.watches.searching import hits_of, in_body, too_many_hits, understood_search
from app.watches.stopping import hash_of, stop_token
from search.port import SearchEngine, SearchError
from search.schema import PROJECTS

_ENTITY = "watch"
_NOT_SAVED = frozenset({"cursor", "limit", "facets"})


@dataclass(frozen=True)
class Saving:
    """What saving needs: where to ask, in which words, and the key of the links that stop."""

    engine: SearchEngine
    snapshots: SnapshotCache
    names: Names
    token_key: bytes
    now: datetime


async def create_watch(
    session: AsyncSession, principal: Principal, saving: Saving, body: schemas.WatchCreate
) -> tuple[schemas.WatchRead, int]:
    """Save a search or a match as it is answered now: what it finds later is new.

    Raises TooManyWatches, InvalidRequest, ResultNotFound and SearchUnavailable.
    """
    if await queries.count_active(session, principal.person_id or 0) >= MOST_WATCHES:
        raise TooManyWatches
    watch = await save_watch(session, principal, saving, body, uid=uuid.uuid4())
    after = {"name": watch.name, "kind": watch.kind.value, "cadence": watch.cadence.value}
    record(session, actor_of(principal), "watch.created", _ENTITY, watch.uid, after=after)
    return await _read_one(session, watch), watch.version


async def save_watch(
    session: AsyncSession, principal: Principal, saving: Saving, body: schemas.WatchCreate, *, uid: uuid.UUID
) -> Watch:
    """Write what is saved, as it is answered now. Raises InvalidRequest, ResultNotFound and SearchUnavailable."""
    watch = Watch(
        uid=uid,
        person_id=principal.person_id or 0,
        kind=body.kind,
        name=body.name,
        request={},
        on_date=body.on_date,
        cadence=body.cadence,
        stop_hash=hash_of(stop_token(saving.token_key, uid)),
        looked_at=saving.now,
        created_at=saving.now,
    )
    if body.search is not None:
        await _save_search(watch, saving, body.search)
        session.add(watch)
    else:
        await _save_match(session, principal, watch, saving, body)
    # Its key is asked for when it is read.
    await session.flush()
    return watch


async def _save_search(watch: Watch, saving: Saving, asked: schemas.SavedSearch) -> None:
    kept = asked.model_dump(mode="json", exclude_defaults=True, exclude=set(_NOT_SAVED))
    if asked.index != PROJECTS.name:
        kept.pop("on_date", None)
    watch.request = {**kept, "index": asked.index}
    params = SearchParams.model_validate(watch.request)
    try:
        understood = understood_search(params, saving.names, business_day(saving.now))
    except InvalidRequest as refused:
        raise in_body(refused) from None
    try:
        # What the indexes take up between the two is found again, and not missed.
        stamps = (await saving.engine.health()).stamps.values()
        found = await hits_of(saving.engine, understood)
    except SearchError as error:
        raise SearchUnavailable from error
    if found.total > MOST_HITS:
        raise too_many_hits(found.total)
    watch.seen = sorted(hit.id for hit in found.hits)
    watch.looked_version = min((int(stamp) for stamp in stamps if stamp.isdecimal()), default=0)


async def _save_match(
    session: AsyncSession,
    principal: Principal,
    watch: Watch,
    saving: Saving,
    body: schemas.WatchCreate,
) -> None:
    if body.match is not None:
        watch.request = body.match.model_dump(mode="json", exclude={"on_date", "limit"})
        watch.on_date = body.on_date or body.match.on_date
    if body.result_id is not None:
        watch.result_id = await _own_result(session, principal, body.result_id, saving)
        watch.looked_version = (await queries.result_steps(session, [watch.result_id]))[watch.result_id]
    session.add(watch)
    # The needs point to it.
    await session.flush()
    snapshot, _ = await saving.snapshots.get(session)
    looker = Looker(session, saving.snapshots, snapshot, business_day(saving.now))
    looked = await looker.whole([(watch, ())])
    rows = [{"watch_id": watch.id, **values} for values in looked.replaced.get(watch.id or 0, ())]
    if not rows:
        raise InvalidRequest.at(
            "/body/match",
            "no_needs",
            Localized(zh="没有可以关注的需求", en="There is no need in it that could be watched"),
        )
    await session.execute(insert(WatchNeed), rows)


async def _own_result(session: AsyncSession, principal: Principal, uid: uuid.UUID, saving: Saving) -> int:
    """Return the key of a result of one's own organisations. Raises ResultNotFound."""
    result = await find_result(session, str(uid))
    if result is None or result.id is None:
        raise ResultNotFound
    known = await clearance(session, principal, result.id, today=business_day(saving.now))
    if not known.owns or not await needs_of_result(session, result.id):
        raise ResultNotFound
    return result.id


async def list_watches(
    session: AsyncSession, principal: Principal, asked: PageParams
) -> Page[schemas.WatchRead]:
    """Return one's own, the newest first. Raises InvalidCursor."""
    found = await queries.page_of_watches(session, principal.person_id or 0, asked)
    items = await _read(session, found.rows)
    return Page(items=items, next_cursor=found.next_cursor, total=found.total)


async def get_watch(session: AsyncSession, uid: uuid.UUID) -> tuple[schemas.WatchRead, int]:
    """Return it and its version. Raises WatchNotFound."""
    watch = await queries.get_watch(session, uid)
    return await _read_one(session, watch), watch.version


async def update_watch(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    body: schemas.WatchUpdate,
    precondition: Precondition,
) -> tuple[schemas.WatchRead, int]:
    """Rename it, or tell its alerts at other times. Raises WatchNotFound and PreconditionFailed."""
    watch = await queries.get_watch(session, uid, lock=True)
    precondition.require(watch.version)
    before = {"name": watch.name, "cadence": watch.cadence.value}
    watch.name = body.name or watch.name
    watch.cadence = body.cadence or watch.cadence
    watch.version += 1
    after = {"name": watch.name, "cadence": watch.cadence.value}
    record(session, actor_of(principal), "watch.updated", _ENTITY, uid, before=before, after=after)
    return await _read_one(session, watch), watch.version


async def delete_watch(
    session: AsyncSession, principal: Principal, uid: uuid.UUID, precondition: Precondition
) -> None:
    """Forget it with its alerts. Raises WatchNotFound and PreconditionFailed."""
    watch = await queries.get_watch(session, uid, lock=True)
    precondition.require(watch.version)
    before = {"name": watch.name, "kind": watch.kind.value, "cadence": watch.cadence.value}
    record(session, actor_of(principal), "watch.deleted", _ENTITY, uid, before=before)
    await session.delete(watch)


async def stop_watch(session: AsyncSession, token: str, now: datetime) -> None:
    """End what the token is for, without an account; again changes nothing. Raises WatchNotFound."""
    watch = await queries.watch_by_stop_hash(session, hash_of(token))
    if watch is None:
        raise WatchNotFound
    if watch.stopped_at is None:
        watch.stopped_at = now
        watch.version += 1
        record(
            session, "anonymous", "watch.stopped", _ENTITY, watch.uid, after={"stopped_at": now.isoformat()}
        )


async def list_alerts(session: AsyncSession, uid: uuid.UUID, asked: PageParams) -> Page[schemas.AlertRead]:
    """Return the alerts of one watch, the newest first. Raises WatchNotFound and InvalidCursor."""
    watch = await queries.get_watch(session, uid)
    return (await queries.page_of_alerts(session, watch.id or 0, asked)).to_page(_alert)


def _alert(row: Alert) -> schemas.AlertRead:
    return schemas.AlertRead(
        id=row.uid,
        type=AlertType(row.type),
        detail=Localized.model_validate(row.payload["detail"]),
        platform_id=row.platform_uid,
        facts=row.payload["facts"],
        created_at=row.created_at,
        told_at=row.told_at,
    )


async def _read_one(session: AsyncSession, watch: Watch) -> schemas.WatchRead:
    [read] = await _read(session, [watch])
    return read


async def _read(session: AsyncSession, watches: Sequence[Watch]) -> list[schemas.WatchRead]:
    needs = await queries.needs_of(session, [watch.id or 0 for watch in watches])
    results = await queries.result_uids(
        session, [watch.result_id for watch in watches if watch.result_id is not None]
    )
    return [
        _watch(watch, needs.get(watch.id or 0, ()), results.get(watch.result_id or 0)) for watch in watches
    ]


def _watch(watch: Watch, needs: Sequence[WatchNeed], result: uuid.UUID | None) -> schemas.WatchRead:
    is_search = watch.kind is WatchKind.SEARCH
    request: dict[str, Any] = watch.request
    return schemas.WatchRead(
        id=watch.uid,
        kind=watch.kind,
        name=watch.name,
        cadence=watch.cadence,
        search=request if is_search else None,
        match=None if is_search or result is not None else request,
        result_id=result,
        on_date=watch.on_date,
        needs=[
            schemas.NeedWatched(
                id=need.need_key,
                must=need.must,
                verdict=Rank(need.rank).verdict,
                reason=Rank(need.rank).code,
                platform_id=need.platform_uid,
                superseded_by=need.successor,
            )
            for need in needs
        ],
        hits=len(watch.seen) if is_search else None,
        looked_at=watch.looked_at,
        created_at=watch.created_at,
        stopped_at=watch.stopped_at,
    )
