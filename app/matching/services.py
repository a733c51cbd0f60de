"""Services for a match: those the text proposes and those whose capabilities bear on the needs, in one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.i18n import Localized
from app.matching.assessment import Assessment
from app.matching.facts import Need, Offering, Rank
from app.matching.queries import services_by
from app.matching.scoring import (
    SAME_STANDARD,
    SAME_TERM,
    SERVED_TERM,
    SHOULD_WEIGHT,
    Bearing,
    service_score_parts,
)
from app.matching.selection import Wish
from app.matching.snapshot import Mask, Snapshot
from search.port import SearchEngine, SearchError
from search.schema import SERVICES

log = structlog.get_logger(__name__)

PROPOSED = 200
"""How many services the engine is asked to propose for a text."""

PLATFORMS_PROPOSED = 20
"""How many platforms the text alone may bring among the candidates."""


@dataclass(frozen=True, slots=True)
class RankedService:
    id: UUID
    slug: str
    title: Localized
    platform_row: int
    score: float


@dataclass(frozen=True, slots=True)
class TextHit:
    """Likeness to the text, from 0 to 1: of services by id (with their rows), of platforms by row."""

    services: Mapping[int, tuple[float, Any]]
    platforms: Mapping[int, float]
    degraded: bool


async def text_hits(
    session: AsyncSession, engine: SearchEngine, snapshot: Snapshot, text: str, shown: Mask
) -> TextHit:
    """Ask the engine which services are like the text, of the platforms (by row) that are shown.

    An engine that does not answer proposes none.
    """
    if not text.strip():
        return TextHit({}, {}, degraded=False)
    try:
        candidates = await engine.candidates(SERVICES.name, text, limit=PROPOSED)
    except SearchError as error:
        log.warning("matching without the search engine", error=str(error))
        return TextHit({}, {}, degraded=True)
    likeness = {UUID(c.id): c.score for c in candidates}
    services: dict[int, tuple[float, Any]] = {}
    platforms: dict[int, float] = {}
    for row in await services_by(session, uids=likeness):
        position = snapshot.platforms.row_of.get(row.platform_id)
        if position is None or not shown[position]:
            continue
        score = likeness[row.uid]
        services[row.id] = (score, row)
        platforms[position] = max(score, platforms.get(position, 0.0))
    best = sorted(platforms.items(), key=lambda item: (-item[1], item[0]))[:PLATFORMS_PROPOSED]
    return TextHit(services, dict(best), degraded=False)


def rank_services(
    assessment: Assessment, wish: Wish, proposed: Mapping[int, tuple[float, Any]]
) -> list[RankedService]:
    """Order every service that the text proposes or whose capabilities bear on a need."""
    needs = [n.need.need for n in assessment.needs]
    weight = sum(1.0 if need.must else SHOULD_WEIGHT for need in needs if not need.text_only)
    by_service: dict[int, list[Offering]] = {}
    for offerings in assessment.offerings.values():
        for offering in offerings:
            by_service.setdefault(offering.service_id, []).append(offering)
    rows = {i: row for i, (_, row) in proposed.items()}
    rows |= {i: assessment.services[i] for i in by_service if i in assessment.services}
    platforms = assessment.snapshot.platforms
    shown = platforms.shown(assessment.on_date, include_demo=wish.include_demo)
    ranked = []
    for service_id, row in rows.items():
        position = platforms.row_of.get(row.platform_id)
        if position is None or not shown[position]:
            continue
        bearings = _bearings(assessment, needs, by_service.get(service_id, ()), position)
        text = proposed[service_id][0] if service_id in proposed else 0.0
        score = sum(service_score_parts(bearings, weight, text).values())
        title = Localized(zh=row.title_zh, en=row.title_en)
        ranked.append(RankedService(row.uid, row.slug, title, position, score))
    return sorted(ranked, key=lambda s: (-s.score, s.slug))


def _bearings(
    assessment: Assessment, needs: Sequence[Need], offerings: Sequence[Offering], position: int
) -> list[Bearing]:
    found = []
    for need, judged in zip(needs, assessment.needs, strict=True):
        likeness = max((_likeness(need, offering) for offering in offerings), default=0.0)
        if likeness > 0:
            rank = Rank(int(judged.answers.ranks[position]))
            found.append(Bearing(need.must, likeness, rank.verdict))
    return found


def _likeness(need: Need, offering: Offering) -> float:
    """Return how closely a capability answers to a need: by its standard, its term, or its standard's term."""
    if need.standard is not None and offering.standard == need.standard:
        return SAME_STANDARD
    if need.term is not None and offering.term == need.term:
        return SAME_TERM
    if need.term is not None and offering.standard_term == need.term:
        return SERVED_TERM
    return 0.0
