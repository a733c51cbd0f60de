"""Matching: from a result and its needs to the platforms that may lawfully meet them."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidRequest
from app.kit.i18n import Lang, Localized
from app.matching import schemas
from app.matching.assessment import Assessment, Proof, assess, prove
from app.matching.constraints import Constraints
from app.matching.drawing import draw_needs
from app.matching.drawing_constraints import draw_constraints
from app.matching.facts import Rank
from app.matching.given import stated_needs, understood_needs
from app.matching.lexicon import Lexicon
from app.matching.needs import UnderstoodNeed, understand
from app.matching.planning import Plan
from app.matching.presentation import Presenter
from app.matching.scoring import SCORER_VERSION
from app.matching.selection import Selection, Wish, select
from app.matching.services import RankedService, TextHit, rank_services, text_hits
from app.matching.snapshot import Snapshot
from app.matching.snapshot_cache import SnapshotCache
from search.port import SearchEngine

log = structlog.get_logger(__name__)

CLOSEST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Chosen:
    assessment: Assessment
    selection: Selection
    proofs: Mapping[int, Proof]


async def match(
    session: AsyncSession,
    engine: SearchEngine,
    cache: SnapshotCache,
    request: schemas.MatchRequest,
    *,
    today: date,
    lang: Lang,
) -> schemas.MatchRead:
    """Answer a match; nothing is stored. Raises InvalidRequest for a need that cannot be understood.

    When the search engine does not answer, the verdicts are the same and the order lacks the text's likeness.
    """
    snapshot, lexicon = await cache.get(session)
    on_date = request.on_date or today
    text, drawn = _text(request), not request.needs
    needs = _needs(request, text, snapshot, lexicon, on_date)
    asked, asked_spans = _constraints(request, text, snapshot, on_date)
    wish = _wish(request, asked)
    assessment = await assess(session, snapshot, needs, on_date)
    shown = snapshot.platforms.shown(on_date, include_demo=wish.include_demo)
    hits = await text_hits(session, engine, snapshot, _query(text, needs), shown)
    chosen = await _choose(session, assessment, wish, hits, request.limit)
    services = rank_services(chosen.assessment, wish, hits.services)
    presenter = Presenter(chosen.assessment, lang)
    by_platform: dict[int, list[RankedService]] = {}
    for service in services:
        by_platform.setdefault(service.platform_row, []).append(service)
    return schemas.MatchRead(
        needs=[presenter.need(need, text, drawn=drawn) for need in needs],
        constraints=schemas.ConstraintsUnderstood(**asked.model_dump(), spans=asked_spans),
        candidates=[
            presenter.candidate(c, chosen.proofs[c.row], by_platform.get(c.row, []))
            for c in chosen.selection.candidates
        ],
        candidates_total=chosen.selection.total,
        plans=_plans(chosen, presenter, wish.constraints),
        plans_total=chosen.selection.plans.total,
        to_clarify=[n.need.id for n in needs if n.need.must and n.need.text_only],
        unmeetable=_unmeetable(chosen, presenter, wish),
        services=[presenter.service(s) for s in services[: request.limit]],
        run=schemas.RunRead(
            inputs_hash=_inputs_hash(request, on_date),
            scorer_version=SCORER_VERSION,
            index_version=str(snapshot.version),
            on_date=on_date,
            degraded=hits.degraded,
        ),
    )


async def verdicts_of(
    session: AsyncSession,
    cache: SnapshotCache,
    request: schemas.MatchRequest,
    slugs: Collection[str],
    *,
    today: date,
    lang: Lang,
) -> dict[str, list[schemas.VerdictRead]]:
    """Judge some platforms, in the answer of a match or not; those that may not be shown on the day are left out."""
    snapshot, lexicon = await cache.get(session)
    on_date = request.on_date or today
    needs = _needs(request, _text(request), snapshot, lexicon, on_date)
    assessment = await assess(session, snapshot, needs, on_date)
    shown = snapshot.platforms.shown(on_date, include_demo=True)
    rows = {
        row: list(range(len(needs)))
        for row, platform in enumerate(snapshot.platforms.rows)
        if platform.slug in slugs and shown[row]
    }
    presenter = Presenter(assessment, lang)
    proofs = await prove(session, assessment, rows)
    return {snapshot.platforms.rows[row].slug: presenter.verdicts(proof) for row, proof in proofs.items()}


# --- The request --------------------------------------------------------------------------------------------


def _text(request: schemas.MatchRequest) -> str:
    """Return the researcher's words, in which the spans of drawn needs count."""
    result = request.result
    if result is None:
        return ""
    parts = [result.title, result.abstract, "，".join(result.keywords)]
    return "\n".join(part for part in parts if part)


def _needs(
    request: schemas.MatchRequest, text: str, snapshot: Snapshot, lexicon: Lexicon, on_date: date
) -> list[UnderstoodNeed]:
    """Return the needs given or, without any, those that the text states."""
    if request.needs:
        return understood_needs(stated_needs(request.needs), snapshot.vocabulary, on_date)
    return [understand(need, snapshot.vocabulary, on_date) for need in draw_needs(text, lexicon)]


def needs_of_request(
    request: schemas.MatchRequest, snapshot: Snapshot, lexicon: Lexicon, on_date: date
) -> list[UnderstoodNeed]:
    """Return what a match compares. Raises InvalidRequest for a need that cannot be understood."""
    return _needs(request, _text(request), snapshot, lexicon, on_date)


def _query(text: str, needs: Sequence[UnderstoodNeed]) -> str:
    """Return the text by which services are proposed: the result's, and what the needs say."""
    said = [n.stated.text for n in needs if n.stated.text and n.stated.text not in text]
    return "\n".join([text, *said])[: schemas.LONGEST_TEXT]


def _constraints(
    request: schemas.MatchRequest, text: str, snapshot: Snapshot, on_date: date
) -> tuple[schemas.ConstraintsGiven, list[schemas.Span]]:
    """Return the constraints as given or, when neither they nor needs are, as the text states them."""
    given = request.constraints
    if given is None and not request.needs:
        drawn = draw_constraints(text, snapshot.vocabulary.places, on_date)
        spans = [schemas.Span(of=d.name, start=d.start, end=d.end, text=text[d.start : d.end]) for d in drawn]
        return schemas.ConstraintsGiven.model_validate({d.name: d.value for d in drawn}), spans
    if given is not None and given.city_code not in (None, *snapshot.vocabulary.regions):
        raise InvalidRequest.at(
            "/body/constraints/city_code",
            "unknown_region",
            Localized(
                zh=f"没有行政区划代码 {given.city_code}，见 /v1/regions",
                en=f"There is no region {given.city_code}; see /v1/regions",
            ),
        )
    return given or schemas.ConstraintsGiven(), []


def _wish(request: schemas.MatchRequest, asked: schemas.ConstraintsGiven) -> Wish:
    return Wish(
        constraints=Constraints(
            city_code=asked.city_code,
            lat=asked.lat,
            lon=asked.lon,
            radius_m=None if asked.radius_km is None else asked.radius_km * 1000,
            budget_cny=asked.budget_cny,
            deadline_days=asked.deadline_days,
            min_tier=asked.min_tier,
            voucher=asked.voucher,
        ),
        strict=request.strict,
        unconditional=request.unconditional,
        include_demo=request.include_demo,
        field=request.result.field if request.result else None,
        trl=request.result.trl if request.result else None,
    )


def _inputs_hash(request: schemas.MatchRequest, on_date: date) -> str:
    """Return a hash of everything that decides the answer but the catalogue."""
    inputs: dict[str, Any] = request.model_dump(mode="json")
    inputs["on_date"] = on_date.isoformat()
    canonical = json.dumps(inputs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


# --- Choosing -----------------------------------------------------------------------------------------------


async def _choose(
    session: AsyncSession, assessment: Assessment, wish: Wish, hits: TextHit, limit: int
) -> _Chosen:
    """Choose what is shown and prove it; what a proof contradicts is withheld and chosen again.

    Once is already a fault of ours. It ends: what was proved once is never found to differ again.
    """
    while True:
        selection = select(assessment, wish, hits.platforms, limit)
        proofs = await prove(session, assessment, _to_prove(assessment, selection))
        if not _corrected(assessment, proofs):
            return _Chosen(assessment, selection, proofs)


def _to_prove(assessment: Assessment, selection: Selection) -> dict[int, list[int]]:
    """Return which needs are proved for which platform: all of what is shown, the mets of what is only in a plan."""
    wanted = {c.row: list(range(len(assessment.needs))) for c in selection.candidates}
    for row in {selection.plan_rows[m] for plan in selection.plans.plans for m in plan.members}:
        met = [i for i in selection.must if assessment.needs[i].answers.ranks[row] == Rank.MET]
        wanted.setdefault(row, met)
    return wanted


def _corrected(assessment: Assessment, proofs: Mapping[int, Proof]) -> bool:
    """Put the proven ranks in the place of the looked-up ones; tell whether any differed."""
    corrected = False
    for row, proof in proofs.items():
        for position, outcome in proof.outcomes.items():
            judged = assessment.needs[position]
            count = outcome.condition_count
            found = (int(judged.answers.ranks[row]), int(judged.answers.conditions[row]))
            if found != (int(outcome.rank), count):
                platform = assessment.snapshot.platforms.rows[row].slug
                log.error(
                    "a look-up differs from its proof",
                    platform=platform,
                    need=judged.need.need.id,
                    found=found,
                    proven=(int(outcome.rank), count),
                )
                judged.answers.ranks[row] = int(outcome.rank)
                judged.answers.conditions[row] = count
                corrected = True
    return corrected


def _plans(chosen: _Chosen, presenter: Presenter, constraints: Constraints) -> list[schemas.PlanRead]:
    must_ids = [chosen.assessment.needs[i].need.need.id for i in chosen.selection.must]
    return [
        presenter.plan(plan, chosen.selection, must_ids, _plan_kept(plan, chosen.selection, constraints))
        for plan in chosen.selection.plans.plans
    ]


def _plan_kept(plan: Plan, selection: Selection, constraints: Constraints) -> dict[str, bool | None]:
    """Return which constraints a plan keeps: all members must, and the budget holds for the whole."""
    members = [selection.kept.get(selection.plan_rows[m], {}) for m in plan.members]
    kept: dict[str, bool | None] = {}
    for name in members[0]:
        values = [member[name] for member in members]
        kept[name] = False if False in values else None if None in values else True
    if constraints.budget_cny is not None:
        kept["budget"] = None if plan.price_cny is None else plan.price_cny <= constraints.budget_cny
    if constraints.deadline_days is not None:
        days = plan.lead_time_days
        kept["deadline"] = None if days is None else days <= constraints.deadline_days
    return kept


def _unmeetable(chosen: _Chosen, presenter: Presenter, wish: Wish) -> list[schemas.Unmeetable]:
    """Name each must-need that nobody meets, with the platforms that come closest."""
    platforms = chosen.assessment.snapshot.platforms
    on_date = chosen.assessment.on_date
    shown = np.flatnonzero(platforms.shown(on_date, include_demo=wish.include_demo))
    result = []
    for position in chosen.selection.must:
        judged = chosen.assessment.needs[position]
        ranks = judged.answers.ranks
        rows = shown.tolist()
        if chosen.selection.counted[position][rows].any():
            continue
        near = sorted(
            (int(ranks[r]), platforms.rows[r].slug, r) for r in rows if ranks[r] < Rank.NO_SUCH_LINE
        )
        closest = [presenter.closest(r, Rank(rank)) for rank, _, r in near[:CLOSEST_SHOWN]]
        why = Rank(near[0][0]) if near else Rank.NO_SUCH_LINE
        result.append(presenter.unmeetable(judged.need.need.id, why, closest))
    return result
