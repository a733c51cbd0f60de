"""The verdict rules: does this platform, on this date, meet this need? Source: design, "Verdict rules".

Pure: no I/O, no clock. `app.matching.lookup` holds a vectorised twin of the line rules for whole catalogues; a
property test keeps the two equal, and whatever is shown as met was judged met here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from app.matching.facts import (
    UNMET_FROM,
    AccreditationFacts,
    Asked,
    Condition,
    ConditionCode,
    Evidence,
    Line,
    Need,
    Outcome,
    PlatformFacts,
    Rank,
    Relation,
    Verdict,
)
from app.matching.line_rules import (
    NOTHING,
    bears_on,
    condition,
    counts,
    covered_part,
    edition_rank,
    line_conditions,
    line_rank,
    offering_outcome,
    range_rank,
)
from app.models.registry import Outsiders
from app.models.scope import AccreditationState, Scheme
from app.registry.rules import AccreditationStatus, accreditation_status

ACCREDITATION_RANK = {
    AccreditationStatus.GRANTED: Rank.MET,
    AccreditationStatus.VALIDITY_NOT_STATED: Rank.VALIDITY_NOT_STATED,
    AccreditationStatus.EXPIRED: Rank.ACCREDITATION_EXPIRED,
    AccreditationStatus.NOT_YET_VALID: Rank.ACCREDITATION_NOT_YET_VALID,
    AccreditationStatus.SUSPENDED: Rank.ACCREDITATION_SUSPENDED,
    AccreditationStatus.WITHDRAWN: Rank.ACCREDITATION_WITHDRAWN,
    AccreditationStatus.PLANNED: Rank.NO_SUCH_LINE,
    AccreditationStatus.APPLIED: Rank.NO_SUCH_LINE,
}
"""Planned and applied count as nothing here: rule 4 judges them apart."""

RELATION_RANK = {
    Relation.EQUIVALENT: Rank.EQUIVALENT_STANDARD,
    Relation.SUCCESSOR: Rank.SUCCESSOR_STANDARD,
}

CONDITION_ORDER = {code: position for position, code in enumerate(ConditionCode)}

PENDING = (AccreditationState.PLANNED, AccreditationState.APPLIED)


def judge(
    need: Need, platform: PlatformFacts, on_date: date, designated: frozenset[str] = frozenset()
) -> Outcome:
    """Return the platform's answer to the need: that of its best line (fewest conditions among mets).

    `designated` are the capability terms that may need an approval beyond CNAS and CMA.
    """
    if need.text_only:
        return Outcome(Rank.NEEDS_CLARIFICATION)
    if platform.prose_mentions is not None:
        return Outcome(Rank.SOURCE_DOES_NOT_SAY) if platform.prose_mentions else NOTHING
    outcome = _answer(need, platform, on_date)
    if outcome.verdict is Verdict.MET:
        return _with_common_conditions(outcome, need, platform, designated)
    return outcome


def _answer(need: Need, platform: PlatformFacts, on_date: date) -> Outcome:
    lines = list(_line_outcomes(need, platform, on_date))
    match need.asked:
        case Asked.NONE:
            return _without_accreditation(need, platform, lines, on_date)
        case Asked.EITHER:
            return best([_under(scheme, need, platform, lines, on_date) for scheme in Scheme])
        case Asked.BOTH:
            return _under_both(need, platform, lines, on_date)
        case _:
            return _under(Scheme(need.asked.value), need, platform, lines, on_date)


# --- Rules 3 and 4: the accreditation asked ----------------------------------------------------------------


def _under(
    scheme: Scheme, need: Need, platform: PlatformFacts, lines: Sequence[Outcome], on_date: date
) -> Outcome:
    """Judge under one scheme, the nearest miss included. `lines` are the outcomes of all lines that count."""
    own = [a for a in platform.accreditations if a.scheme is scheme]
    outcomes = [o for o in lines if _scheme(o) is scheme]
    outcomes += [_pending(need, platform, a, on_date) for a in own if a.state in PENDING]
    answer = best(outcomes)
    if answer.rank < UNMET_FROM:
        return answer
    other = [Outcome(Rank.OTHER_SCHEME, (), o.evidence) for o in lines if o.rank is Rank.MET]
    return best([answer, *other, *_related(scheme, need, platform, on_date)])


def _scheme(outcome: Outcome) -> Scheme | None:
    accreditation = outcome.evidence[0].accreditation
    return accreditation.scheme if accreditation else None


def _line_outcomes(need: Need, platform: PlatformFacts, on_date: date) -> Iterator[Outcome]:
    """Judge every line that counts, under its accreditation."""
    for accreditation in platform.accreditations:
        held = accreditation_rank(accreditation, on_date)
        for line in accreditation.lines:
            if not counts(need, line.standard, line.term):
                continue
            rank = max(line_rank(need, line, on_date), held)
            conditions: tuple[Condition, ...] = ()
            if rank is Rank.MET:
                conditions = (
                    *line_conditions(need, line, on_date),
                    *accreditation_conditions(need, platform, accreditation, on_date),
                )
            yield Outcome(rank, conditions, (Evidence(accreditation, line),), covered_part(rank, need, line))


def accreditation_rank(accreditation: AccreditationFacts, on_date: date) -> Rank:
    status = accreditation_status(
        accreditation.state, accreditation.valid_from, accreditation.valid_to, on_date
    )
    return ACCREDITATION_RANK[status]


def accreditation_conditions(
    need: Need, platform: PlatformFacts, accreditation: AccreditationFacts, on_date: date
) -> Iterator[Condition]:
    """Yield what stays to be checked about a valid accreditation. Rule 7."""
    if accreditation.partner is not None:
        yield condition(ConditionCode.HELD_BY_PARTNER, holder=accreditation.partner)
    days = lead_time_days(need, platform)
    end = accreditation.valid_to
    if days is not None and end is not None and (end - on_date).days < days:
        delivery = date.fromordinal(min(on_date.toordinal() + days, date.max.toordinal()))
        yield condition(ConditionCode.EXPIRES_BEFORE_DELIVERY, valid_to=end, delivery=delivery)
    if not accreditation.verified:
        yield condition(ConditionCode.DECLARED_NOT_VERIFIED)


def lead_time_days(need: Need, platform: PlatformFacts) -> int | None:
    """Return the longest lead time among the offerings that bear on the need; None when none says."""
    days = [
        o.lead_time_days for o in platform.offerings if o.lead_time_days is not None and bears_on(need, o)
    ]
    return max(days, default=None)


def _pending(
    need: Need, platform: PlatformFacts, accreditation: AccreditationFacts, on_date: date
) -> Outcome:
    """Rule 4: a planned or applied accreditation is unknown where the capability is offered and announced."""
    if not _offers(need, platform, on_date):
        return NOTHING
    announced = [line for line in accreditation.lines if announces(need, line)]
    if not announced and not accreditation.empty_scope:
        return NOTHING
    return Outcome(
        Rank.ACCREDITATION_PENDING, (), (Evidence(accreditation, announced[0] if announced else None),)
    )


def announces(need: Need, line: Line) -> bool:
    """Tell whether a line of an announced scope is not unmet by rules 1 and 2."""
    return counts(need, line.standard, line.term) and (
        max(edition_rank(need, line.edition), range_rank(need, line.range)) < UNMET_FROM
    )


def _offers(need: Need, platform: PlatformFacts, on_date: date) -> bool:
    return any(
        (need.term is not None and o.term == need.term)
        or offering_outcome(need, o, on_date).rank < UNMET_FROM
        for o in platform.offerings
    )


def _related(scheme: Scheme, need: Need, platform: PlatformFacts, on_date: date) -> Iterator[Outcome]:
    """Yield lines of equivalent or successor standards that would be met: they inform, and stay unmet. Rule 6."""
    for base, relation in need.related.items():
        for outcome in _line_outcomes(need.with_standard(base), platform, on_date):
            if outcome.rank is Rank.MET and _scheme(outcome) is scheme:
                yield Outcome(RELATION_RANK[relation], (), outcome.evidence)


def _under_both(need: Need, platform: PlatformFacts, lines: Sequence[Outcome], on_date: date) -> Outcome:
    """Rule 3 `both`: the worse of the two; among mets the pair of lines with the fewest conditions."""
    cnas, cma = (_under(scheme, need, platform, lines, on_date) for scheme in (Scheme.CNAS, Scheme.CMA))
    if cnas.rank is not Rank.MET or cma.rank is not Rank.MET:
        worse, better = (cnas, cma) if cnas.rank >= cma.rank else (cma, cnas)
        return replace(worse, evidence=(*worse.evidence, *better.evidence))
    met = [o for o in lines if o.rank is Rank.MET]
    return best(
        [_pair(a, b) for a in met for b in met if _scheme(a) is Scheme.CNAS and _scheme(b) is Scheme.CMA]
    )


def _pair(first: Outcome, second: Outcome) -> Outcome:
    one, other = first.evidence[0], second.evidence[0]
    conditions = list(dict.fromkeys((*first.conditions, *second.conditions)))
    differing = [name for name, a, b in _compared(one, other) if a != b]
    if differing:
        conditions.append(condition(ConditionCode.BOTH_ON_DIFFERENT_LINES, differing=",".join(differing)))
    return Outcome(Rank.MET, tuple(conditions), (*first.evidence, *second.evidence))


def _compared(one: Evidence, other: Evidence) -> Iterator[tuple[str, str | None, str | None]]:
    if one.line is None or other.line is None or one.accreditation is None or other.accreditation is None:
        raise ValueError("a pair of schemes is compared by its lines")
    yield "object", one.line.object, other.line.object
    yield "parameter", one.line.parameter, other.line.parameter
    yield "holder", one.accreditation.partner, other.accreditation.partner


# --- Rule 3 `none`: services on their own word --------------------------------------------------------------


def _without_accreditation(
    need: Need, platform: PlatformFacts, lines: Sequence[Outcome], on_date: date
) -> Outcome:
    answer = best(
        [
            *(offering_outcome(need, o, on_date) for o in platform.offerings),
            *(o for o in lines if o.rank is Rank.MET),
        ]
    )
    if answer.rank < UNMET_FROM:
        return answer
    return best([answer, *(o for o in lines if o.rank >= UNMET_FROM)])


# --- Shared -------------------------------------------------------------------------------------------------


def best(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the least rank; among mets the fewest conditions (codes count once); then the least evidence id."""
    found = list(outcomes)
    return found[0] if len(found) == 1 else min(found, key=_order, default=NOTHING)


def _order(outcome: Outcome) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    return (
        outcome.rank,
        outcome.condition_count,
        tuple(_evidence_key(e) for e in outcome.evidence),
    )


def _evidence_key(evidence: Evidence) -> tuple[int, int]:
    """Lines before offerings, each by id."""
    if evidence.line is not None:
        return 0, evidence.line.id
    return (1, evidence.offering.id) if evidence.offering is not None else (2, 0)


def _with_common_conditions(
    outcome: Outcome, need: Need, platform: PlatformFacts, designated: frozenset[str]
) -> Outcome:
    """Add the conditions that hold for every line of the platform, and put all in the order of their codes."""
    conditions = list(outcome.conditions)
    if platform.serves_outsiders is Outsiders.NO:
        conditions.append(condition(ConditionCode.OUTSIDERS_NOT_SERVED))
    served = _served_term(outcome.evidence) if need.standard is not None else None
    conditions += [
        condition(ConditionCode.DESIGNATION_MAY_APPLY, capability=term)
        for term in dict.fromkeys((need.term, served))
        if term in designated
    ]
    conditions.sort(key=lambda c: CONDITION_ORDER[c.code])
    return Outcome(outcome.rank, tuple(conditions), outcome.evidence)


def _served_term(evidence: tuple[Evidence, ...]) -> str | None:
    first = evidence[0]
    if first.line is not None:
        return first.line.term
    return first.offering.standard_term if first.offering is not None else None
