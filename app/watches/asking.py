"""What a saved match asks, as it is asked anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.demand.needs import Shape
from app.errors import InvalidRequest
from app.matching.facts import Need
from app.matching.needs import UnderstoodNeed
from app.matching.schemas import MatchRequest, NeedGiven
from app.matching.snapshot import Snapshot
from app.matching.snapshot_cache import SnapshotCache
from app.matching.usecases import needs_of_request
from app.models import Watch, metadata

_VERSION = metadata.tables["result_version"].c
_RESULT = metadata.tables["result"].c

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Match:
    """A saved match as it is asked on a day."""

    needs: tuple[UnderstoodNeed, ...]
    on_date: date
    include_demo: bool


async def match_of(
    session: AsyncSession, snapshots: SnapshotCache, watch: Watch, on_date: date
) -> Match | None:
    """Return what a saved match asks; None where the vocabulary does not understand it any more."""
    snapshot, lexicon = await snapshots.get(session)
    if watch.result_id is None:
        request = MatchRequest.model_validate(watch.request)
    else:
        given = await needs_of_result(session, watch.result_id)
        if not given:
            return Match((), on_date, include_demo=True)
        request = MatchRequest(needs=given)
    try:
        needs = needs_of_request(request, snapshot, lexicon, on_date)
    except InvalidRequest as refused:
        log.warning("a saved match is not understood any more", watch=str(watch.uid), error=str(refused))
        return None
    return Match(tuple(needs), on_date, request.include_demo)


async def needs_of_result(session: AsyncSession, result_id: int) -> list[NeedGiven]:
    """Return the needs of the newest version, for those who own the result: they read all of it."""
    statement = (
        select(_VERSION.document)
        .join(_RESULT.id.table, (_RESULT.id == _VERSION.result_id) & (_RESULT.newest == _VERSION.number))
        .where(_RESULT.id == result_id)
    )
    document: Mapping[str, object] = await session.scalar(statement) or {}
    needs = document.get("needs")
    return [NeedGiven.model_validate(need) for need in needs] if isinstance(needs, list) else []


def compared(need: Need, shapes: dict[tuple[object, ...], Shape]) -> Shape:
    """Return the shape of a need among those that are looked up together."""
    key = (need.term, need.standard, need.edition, need.asked, need.range, need.objects, need.parameters)
    return shapes.setdefault(key, Shape(need))


def row_of(snapshot: Snapshot, uid: object) -> int | None:
    """Return the row of the platform with this id; None for one that is not published."""
    found = (row for row, platform in enumerate(snapshot.platforms.rows) if platform.uid == uid)
    return next(found, None)
