"""Which platforms are shown, in which order, and which plans: pure decisions over a judged catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.matching.assessment import Assessment
from app.matching.constraints import Constraints, Terms, conforms, distance_m, kept
from app.matching.facts import UNMET_FROM, Rank
from app.matching.line_rules import bears_on
from app.matching.planning import Members, PlanSet, smallest_plans
from app.matching.scoring import CandidateFacts, candidate_score_parts
from app.models.registry import Tier

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Kept = Mapping[str, bool | None]


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
class Candidate:
    row: int
    score_parts: Mapping[str, float]
    kept: Kept
    distance_m: float | None

    @property
    def score(self) -> float:
        return sum(self.score_parts.values())


@dataclass(frozen=True, slots=True)
class Selection:
    """The first candidates in order, how many there are, and the plans over the platforms in `plan_rows`.

    `counted` says, by need and platform row, what counts as met.

    `must` are the positions of the must-needs that count; `kept` holds, by platform row, which constraints are kept.
    """

    candidates: Sequence[Candidate]
    total: int
    plans: PlanSet
    plan_rows: Sequence[int]
    must: Sequence[int]
    kept: Mapping[int, Kept]
    counted: Mask


@dataclass(frozen=True, slots=True)
class _Matrix:
    """One row per need, one column per platform; infinity where a price or time is not stated."""

    ranks: Ints
    conditions: Ints
    counted: Mask
    prices: Floats
    lead_times: Floats


def select(assessment: Assessment, wish: Wish, likeness: Mapping[int, float], limit: int) -> Selection:
    """Order the platforms that meet or may meet something, and those that the text proposes.

    `likeness` is the engine's text likeness by platform row, from 0 to 1.
    """
    needs = [n.need.need for n in assessment.needs]
    compared = [i for i, need in enumerate(needs) if not need.text_only]
    must = [i for i in compared if needs[i].must]
    should = [i for i in compared if not needs[i].must]
    matrix = _matrix(assessment, unconditional=wish.unconditional)
    rows = _in_contention(assessment, matrix, compared, wish, likeness)
    asked = _kept(assessment, matrix, compared, wish.constraints, rows)
    conforming = np.array([conforms(asked[row]) if row in asked else True for row in rows.tolist()], np.bool_)
    plan_rows = rows[matrix.counted[must][:, rows].any(axis=0)]
    if wish.strict:
        rows, conforming = rows[conforming], conforming[conforming]
    facts = CandidateFacts(
        met_must=matrix.counted[must][:, rows].sum(axis=0),
        unmet_must=(matrix.ranks[must][:, rows] >= UNMET_FROM).sum(axis=0),
        conditions=np.where(matrix.counted, matrix.conditions, 0)[must][:, rows].sum(axis=0),
        conforms=conforming,
        fit={
            "should_needs": matrix.counted[should][:, rows].sum(axis=0) / max(1, len(should)),
            "text": np.array([likeness.get(row, 0.0) for row in rows.tolist()], np.float64),
            "field": assessment.snapshot.platforms.in_field(wish.field)[rows].astype(np.float64),
            "readiness": _readiness(assessment, wish.trl)[rows],
        },
    )
    parts = candidate_score_parts(facts)
    order = np.lexsort((rows, -sum(parts.values(), np.zeros(len(rows)))))
    return Selection(
        candidates=[
            _candidate(assessment, wish.constraints, position, rows, parts, asked)
            for position in order[:limit].tolist()
        ],
        total=len(rows),
        plans=_plans(assessment, matrix, must, plan_rows, asked, wish),
        plan_rows=plan_rows.tolist(),
        must=must,
        kept=asked,
        counted=matrix.counted,
    )


def _matrix(assessment: Assessment, *, unconditional: bool) -> _Matrix:
    size = len(assessment.snapshot.platforms)
    answers = [n.answers for n in assessment.needs]
    empty = np.zeros((0, size), np.int64)
    ranks = np.stack([a.ranks for a in answers]) if answers else empty
    conditions = np.stack([a.conditions for a in answers]) if answers else empty
    counted = ranks == Rank.MET
    if unconditional:
        counted &= conditions == 0
    prices = np.full(ranks.shape, np.inf)
    lead_times = np.full(ranks.shape, np.inf)
    for row, offerings in assessment.offerings.items():
        for offering in offerings:
            service = assessment.services[offering.service_id]
            for i, judged in enumerate(assessment.needs):
                if bears_on(judged.need.need, offering):
                    if service.price_cny is not None:
                        prices[i, row] = min(prices[i, row], float(service.price_cny))
                    if service.lead_time_days is not None:
                        lead_times[i, row] = min(lead_times[i, row], service.lead_time_days)
    return _Matrix(ranks, conditions, counted, prices, lead_times)


def _in_contention(
    assessment: Assessment,
    matrix: _Matrix,
    compared: Sequence[int],
    wish: Wish,
    likeness: Mapping[int, float],
) -> Ints:
    mask: Mask = np.asarray((matrix.ranks[compared] < UNMET_FROM).any(axis=0), np.bool_)
    mask[list(likeness)] = True
    mask &= assessment.snapshot.platforms.shown(assessment.on_date, include_demo=wish.include_demo)
    return np.flatnonzero(mask)


def _kept(
    assessment: Assessment, matrix: _Matrix, compared: Sequence[int], constraints: Constraints, rows: Ints
) -> dict[int, Kept]:
    """Return which constraints each platform keeps; nothing when none is asked.

    The terms are those of what it meets or, when it meets nothing, of what it may meet.
    """
    if not constraints.any:
        return {}
    return {
        row: kept(constraints, _terms(assessment, matrix, compared, constraints, row))
        for row in rows.tolist()
    }


def _terms(
    assessment: Assessment, matrix: _Matrix, compared: Sequence[int], constraints: Constraints, row: int
) -> Terms:
    platform = assessment.snapshot.platforms.rows[row]
    met = [i for i in compared if matrix.counted[i, row]]
    met = met or [i for i in compared if matrix.ranks[i, row] < UNMET_FROM]
    price = float(matrix.prices[met, row].sum()) if met else np.inf
    days = float(matrix.lead_times[met, row].max()) if met else np.inf
    return Terms(
        region_code=platform.region_code,
        distance_m=distance_m(constraints.lat, constraints.lon, platform.lat, platform.lon),
        tier=None if platform.tier is None else Tier(platform.tier),
        price_cny=None if np.isinf(price) else price,
        lead_time_days=None if np.isinf(days) else int(days),
        voucher=_voucher(assessment, row),
    )


def _voucher(assessment: Assessment, row: int) -> bool | None:
    """Tell whether a service that bears on the needs takes innovation vouchers; None: none of them says."""
    said = {assessment.services[o.service_id].voucher_accepted for o in assessment.offerings.get(row, ())}
    said.discard(None)
    return True in said if said else None


def _readiness(assessment: Assessment, trl: int | None) -> Floats:
    """Return 1 where a service takes results at this readiness, half where it is one step off, else 0."""
    readiness = np.zeros(len(assessment.snapshot.platforms))
    if trl is None:
        return readiness
    for row, offerings in assessment.offerings.items():
        for service in (assessment.services[o.service_id] for o in offerings):
            readiness[row] = max(readiness[row], _ready(service, trl))
    return readiness


def _ready(service: Any, trl: int) -> float:
    if service.entry_trl is None or service.exit_trl is None:
        return 0.0
    steps = max(service.entry_trl - trl, trl - service.exit_trl, 0)
    return max(0.0, 1.0 - 0.5 * float(steps))


def _candidate(
    assessment: Assessment,
    constraints: Constraints,
    position: int,
    rows: Ints,
    parts: Mapping[str, Floats],
    asked: Mapping[int, Kept],
) -> Candidate:
    row = int(rows[position])
    platform = assessment.snapshot.platforms.rows[row]
    return Candidate(
        row=row,
        score_parts={name: float(values[position]) for name, values in parts.items()},
        kept=asked.get(row, {}),
        distance_m=distance_m(constraints.lat, constraints.lon, platform.lat, platform.lon),
    )


def _plans(
    assessment: Assessment,
    matrix: _Matrix,
    must: Sequence[int],
    rows: Ints,
    asked: Mapping[int, Kept],
    wish: Wish,
) -> PlanSet:
    constraints = wish.constraints
    distances = np.full(len(rows), np.inf)
    conforming = np.ones(len(rows), np.bool_)
    if asked or constraints.lat is not None:
        for position, row in enumerate(rows.tolist()):
            platform = assessment.snapshot.platforms.rows[row]
            away = distance_m(constraints.lat, constraints.lon, platform.lat, platform.lon)
            distances[position] = np.inf if away is None else away
            alone = (value for name, value in asked.get(row, {}).items() if name != "budget")
            conforming[position] = all(value is True for value in alone)
    members = Members(
        conditions=np.where(matrix.counted, matrix.conditions, np.inf)[must][:, rows].T,
        prices=matrix.prices[must][:, rows].T,
        lead_times=matrix.lead_times[must][:, rows].T,
        distances=distances,
        conforms=conforming,
    )
    return smallest_plans(members, budget_cny=constraints.budget_cny, only_conforming=wish.strict)
