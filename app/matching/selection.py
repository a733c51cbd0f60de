"""Which platforms are shown, in which order, and which plans: pure decisions over a judged catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.matching.assessment import Assessment
from app.matching.constraints import Constraints, Terms, conforms, distance_m, kept
from app.matching.facts import UNMET_FROM, Need, Offering, Rank
from app.matching.line_rules import bears_on
from app.matching.planning import Member, PlanSet, smallest_plans
from app.matching.scoring import CandidateFacts, candidate_score_parts
from app.models.registry import Tier

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the researcher asks besides needs."""

    constraints: Constraints
    strict: bool = False
    unconditional: bool = False
    include_demo: bool = True
    field: str | None = None
    trl: int | None = None


@dataclass(frozen=True, slots=True)
class NeedTerms:
    """On what terms a platform offers what one need asks; None where not stated."""

    price_cny: float | None
    lead_time_days: int | None


@dataclass(frozen=True, slots=True)
class Candidate:
    row: int
    score_parts: Mapping[str, float]
    kept: Mapping[str, bool | None]
    distance_m: float | None
    terms: Sequence[NeedTerms]

    @property
    def score(self) -> float:
        return sum(self.score_parts.values())


@dataclass(frozen=True, slots=True)
class Selection:
    """Candidates in order (all of them), and the plans over platforms by `plan_rows`."""

    candidates: Sequence[Candidate]
    plans: PlanSet
    plan_rows: Sequence[int]
    must: Sequence[int]


def select(assessment: Assessment, wish: Wish, likeness: Mapping[int, float]) -> Selection:
    """Order the platforms that meet or may meet something, and those that the text proposes.

    `likeness` is the engine's text likeness by platform row, from 0 to 1.
    """
    needs = [n.need.need for n in assessment.needs]
    compared = [i for i, need in enumerate(needs) if not need.text_only]
    must = [i for i in compared if needs[i].must]
    counted = _counted(assessment, compared, unconditional=wish.unconditional)
    rows = _in_contention(assessment, compared, wish, likeness)
    candidates = [_candidate(assessment, wish, row, compared, counted, likeness) for row in rows]
    if wish.strict:
        candidates = [c for c in candidates if conforms(c.kept)]
    slugs = assessment.snapshot.platforms.rows
    candidates.sort(key=lambda c: (-c.score, slugs[c.row].slug))
    useful = [c for c in candidates if any(counted[i][c.row] for i in must)]
    members = [_member(assessment, c, must, counted) for c in useful]
    plans = smallest_plans(
        members, len(must), budget_cny=wish.constraints.budget_cny, only_conforming=wish.strict
    )
    return Selection(candidates, plans, [c.row for c in useful], must)


def _counted(assessment: Assessment, compared: Iterable[int], *, unconditional: bool) -> dict[int, Mask]:
    """Return per need which platforms count as meeting it."""
    counted = {}
    for i in compared:
        answers = assessment.needs[i].answers
        met = answers.ranks == Rank.MET
        counted[i] = met & (answers.conditions == 0) if unconditional else met
    return counted


def _in_contention(
    assessment: Assessment, compared: Iterable[int], wish: Wish, likeness: Mapping[int, float]
) -> list[int]:
    platforms = assessment.snapshot.platforms
    mask = np.zeros(len(platforms), np.bool_)
    for i in compared:
        mask |= assessment.needs[i].answers.ranks < UNMET_FROM
    mask[list(likeness)] = True
    if not wish.include_demo:
        mask &= ~platforms.demo
    return [int(row) for row in np.flatnonzero(mask)]


def _candidate(
    assessment: Assessment,
    wish: Wish,
    row: int,
    compared: Sequence[int],
    counted: Mapping[int, Mask],
    likeness: Mapping[int, float],
) -> Candidate:
    platform = assessment.snapshot.platforms.rows[row]
    needs = [n.need.need for n in assessment.needs]
    offerings = assessment.offerings.get(row, ())
    terms = [need_terms(need, offerings, assessment.services) for need in needs]
    met = [i for i in compared if counted[i][row]]
    met_must = [i for i in met if needs[i].must]
    unmet = [i for i in compared if needs[i].must and assessment.needs[i].answers.ranks[row] >= UNMET_FROM]
    should = [i for i in compared if not needs[i].must]
    constraints = wish.constraints
    away = distance_m(constraints.lat, constraints.lon, platform.lat, platform.lon)
    result = kept(constraints, _terms(platform, away, [terms[i] for i in met], _vouchers(row, assessment)))
    facts = CandidateFacts(
        met_must=len(met_must),
        unmet_must=len(unmet),
        conditions=sum(int(assessment.needs[i].answers.conditions[row]) for i in met_must),
        conforms=conforms(result),
        fit={
            "should_needs": sum(i in met for i in should) / len(should) if should else 0.0,
            "text": likeness.get(row, 0.0),
            "field": float(wish.field is not None and wish.field in platform.field_codes),
            "readiness": _readiness(wish.trl, offerings, assessment.services),
        },
    )
    return Candidate(row, candidate_score_parts(facts), result, away, terms)


def need_terms(need: Need, offerings: Sequence[Offering], services: Mapping[int, Any]) -> NeedTerms:
    """Return the lowest price and the shortest lead time among the services that bear on a need."""
    bearing = [services[o.service_id] for o in offerings if bears_on(need, o)]
    prices = [float(s.price_cny) for s in bearing if s.price_cny is not None]
    days = [s.lead_time_days for s in bearing if s.lead_time_days is not None]
    return NeedTerms(min(prices, default=None), min(days, default=None))


def _terms(platform: Any, away: float | None, terms: Sequence[NeedTerms], voucher: bool | None) -> Terms:
    prices = [t.price_cny for t in terms]
    days = [t.lead_time_days for t in terms]
    return Terms(
        region_code=platform.region_code,
        city_code=platform.city_code,
        distance_m=away,
        tier=None if platform.tier is None else Tier(platform.tier),
        price_cny=None if not prices else _total(prices),
        lead_time_days=None if not days or None in days else max(d for d in days if d is not None),
        voucher=voucher,
    )


def _total(prices: Sequence[float | None]) -> float | None:
    """Return the sum; None when one is not stated."""
    stated = [p for p in prices if p is not None]
    return sum(stated) if len(stated) == len(prices) else None


def _vouchers(row: int, assessment: Assessment) -> bool | None:
    """Tell whether a service that bears on the needs takes innovation vouchers; None: none of them says."""
    said = {assessment.services[o.service_id].voucher_accepted for o in assessment.offerings.get(row, ())}
    said.discard(None)
    return None if not said else True in said


def _readiness(trl: int | None, offerings: Sequence[Offering], services: Mapping[int, Any]) -> float:
    """Return 1 when a service takes results at this readiness, half when it is one step off, else 0."""
    if trl is None:
        return 0.0
    steps = [
        max(s.entry_trl - trl, trl - s.exit_trl, 0)
        for s in (services[o.service_id] for o in offerings)
        if s.entry_trl is not None and s.exit_trl is not None
    ]
    return max(0.0, 1.0 - 0.5 * min(steps)) if steps else 0.0


def _member(
    assessment: Assessment, candidate: Candidate, must: Sequence[int], counted: Mapping[int, Mask]
) -> Member:
    row = candidate.row
    return Member(
        slug=assessment.snapshot.platforms.rows[row].slug,
        conditions=tuple(
            int(assessment.needs[i].answers.conditions[row]) if counted[i][row] else None for i in must
        ),
        prices=tuple(candidate.terms[i].price_cny for i in must),
        lead_times=tuple(candidate.terms[i].lead_time_days for i in must),
        distance_m=candidate.distance_m,
        conforms=all(value is True for name, value in candidate.kept.items() if name != "budget"),
    )
