"""What changed between two answers to the same question, and why. Pure.

The answers are compared by what a program reads of them: codes, ids and numbers. Sentences may be worded otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.runs.reasons import Answered, PlatformNow, Reason, ReasonCode, Versions, codes, why

# Not the id: a line that says the same is the same, also where it was stored anew.
_OF_EVIDENCE = (
    *(
        "kind",
        "service_slug",
        "scheme",
        "certificate_no",
        "state",
        "verification",
        "holder",
        "valid_from",
        "valid_to",
    ),
    *("object", "parameter", "standard", "clause", "range", "restriction"),
)
_OF_NEED = ("capability", "standard", "object", "parameter", "range", "accreditation", "must")


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """`before` and `after` are verdicts as answered, None where the platform was not shown."""

    platform: str
    need_id: str
    before: Answered | None
    after: Answered | None
    differs: Sequence[str]
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class CandidateChange:
    """Places count from 1; None: not among the candidates."""

    platform: str
    before: int | None
    after: int | None
    reasons: Sequence[ReasonCode]


@dataclass(frozen=True, slots=True)
class PlanChange:
    platforms: Sequence[str]
    reasons: Sequence[ReasonCode]


@dataclass(frozen=True, slots=True)
class NeedChange:
    """A need that is understood in another way, or is warned of: `reason` is the vocabulary or a new standard."""

    need_id: str
    differs: Sequence[str]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Differences:
    verdicts: Sequence[VerdictChange]
    candidates: Sequence[CandidateChange]
    plans_gained: Sequence[PlanChange]
    plans_lost: Sequence[PlanChange]
    needs: Sequence[NeedChange]

    @property
    def unchanged(self) -> bool:
        return not (self.verdicts or self.candidates or self.plans_gained or self.plans_lost or self.needs)


def differences(
    before: Answered,
    after: Answered,
    judged: Mapping[str, Sequence[Answered]],
    now: Mapping[str, PlatformNow],
    then: Versions,
    today: Versions,
) -> Differences:
    """Compare two answers (`app.matching.schemas.MatchRead` as JSON).

    `judged` are the verdicts that platforms of the old answer get today, shown among the candidates or not; `now`
    what the platforms of both answers are, both by slug. A platform that is not in `judged` or `after` may not be
    matched today.
    """
    verdicts = _verdicts(before, after, judged, now, then, today)
    by_platform: dict[str, list[Reason]] = {}
    for change in verdicts:
        by_platform.setdefault(change.platform, []).extend(change.reasons)
    causes = {platform: codes(reasons) for platform, reasons in by_platform.items()}
    fallback = _order_reasons(then, today)
    gained, lost = _plans(before, after, causes, fallback)
    return Differences(
        verdicts=verdicts,
        candidates=_candidates(before, after, causes, now, fallback),
        plans_gained=gained,
        plans_lost=lost,
        needs=_needs(before, after, then, today),
    )


# --- Verdicts -----------------------------------------------------------------------------------------------


def _verdicts(
    before: Answered,
    after: Answered,
    judged: Mapping[str, Sequence[Answered]],
    now: Mapping[str, PlatformNow],
    then: Versions,
    today: Versions,
) -> list[VerdictChange]:
    old, new = _by_platform(before), _by_platform(after)
    changes = []
    for platform in [*old, *(slug for slug in new if slug not in old)]:
        was = {each["need_id"]: each for each in old.get(platform, ())}
        shown = new.get(platform, judged.get(platform, ()))
        is_now = {each["need_id"]: each for each in shown}
        for need_id in [*was, *(key for key in is_now if key not in was)]:
            one, other = was.get(need_id), is_now.get(need_id)
            if one is None and other is not None and other["verdict"] == "unmet":
                continue  # it was not shown before for the same reason
            differs = _differing(one, other)
            if differs:
                known = now.get(platform, PlatformNow(live=False))
                reasons = why(one, other, known, then, today)
                changes.append(VerdictChange(platform, need_id, one, other, differs, reasons))
    return changes


def _by_platform(answer: Answered) -> dict[str, Sequence[Answered]]:
    return {each["platform"]["slug"]: each["verdicts"] for each in answer["candidates"]}


def _differing(before: Answered | None, after: Answered | None) -> list[str]:
    """Return what of two verdicts differs; evidence counts by what it says."""
    if before is None or after is None:
        return [] if before is after else ["verdict"]
    parts = [name for name in ("verdict", "reason") if before.get(name) != after.get(name)]
    if _conditions(before) != _conditions(after):
        parts.append("conditions")
    if _evidence(before) != _evidence(after):
        parts.append("evidence")
    return parts


def _conditions(verdict: Answered) -> list[Any]:
    return [[each["code"], each.get("facts")] for each in verdict.get("conditions", ())]


def _evidence(verdict: Answered) -> list[Any]:
    return [[each.get(name) for name in _OF_EVIDENCE] for each in verdict.get("evidence", ())]


# --- Candidates and plans -----------------------------------------------------------------------------------


def _order_reasons(then: Versions, today: Versions) -> list[ReasonCode]:
    """Return why things stand in another order although every verdict is the same."""
    if then.scorer != today.scorer:
        return [ReasonCode.SCORER_CHANGED]
    if then.weights != today.weights:
        return [ReasonCode.WEIGHTS_CHANGED]
    return [ReasonCode.ORDER_ONLY]


def _candidates(
    before: Answered,
    after: Answered,
    causes: Mapping[str, list[ReasonCode]],
    now: Mapping[str, PlatformNow],
    fallback: list[ReasonCode],
) -> list[CandidateChange]:
    """Return who came, went, or stands in another order among those who stayed."""
    old = [each["platform"]["slug"] for each in before["candidates"]]
    new = [each["platform"]["slug"] for each in after["candidates"]]
    changes = [
        CandidateChange(slug, old.index(slug) + 1, None, causes.get(slug) or _absent(now.get(slug), fallback))
        for slug in old
        if slug not in new
    ]
    stayed_old = [slug for slug in old if slug in new]
    stayed_new = [slug for slug in new if slug in old]
    for slug in new:
        if slug not in old:
            reasons = causes.get(slug) or _present(now.get(slug), fallback)
            changes.append(CandidateChange(slug, None, new.index(slug) + 1, reasons))
        elif stayed_old.index(slug) != stayed_new.index(slug):
            reasons = causes.get(slug) or _moved(stayed_old, stayed_new, slug, causes, fallback)
            changes.append(CandidateChange(slug, old.index(slug) + 1, new.index(slug) + 1, reasons))
    return changes


def _absent(known: PlatformNow | None, fallback: list[ReasonCode]) -> list[ReasonCode]:
    if known is None or not known.live:
        return [ReasonCode.PLATFORM_REMOVED]
    return [ReasonCode.PLATFORM_SUSPENDED] if known.suspended else fallback


def _present(known: PlatformNow | None, fallback: list[ReasonCode]) -> list[ReasonCode]:
    if known is not None and known.added:
        return [ReasonCode.PLATFORM_ADDED]
    if known is not None and known.reinstated:
        return [ReasonCode.PLATFORM_REINSTATED]
    return fallback


def _moved(
    old: Sequence[str],
    new: Sequence[str],
    slug: str,
    causes: Mapping[str, list[ReasonCode]],
    fallback: list[ReasonCode],
) -> list[ReasonCode]:
    """Return the reasons of those that went past a platform which itself is as it was."""
    above_before, above_after = set(old[: old.index(slug)]), set(new[: new.index(slug)])
    passed = [each for each in new if each in above_before ^ above_after]
    found = list(dict.fromkeys(code for each in passed for code in causes.get(each, ())))
    return found or fallback


def _plans(
    before: Answered, after: Answered, causes: Mapping[str, list[ReasonCode]], fallback: list[ReasonCode]
) -> tuple[list[PlanChange], list[PlanChange]]:
    """Return plans gained and lost; where no member changed, smaller plans or the order of plans are the reason."""
    old = {tuple(sorted(each["platforms"])): each["platforms"] for each in before["plans"]}
    new = {tuple(sorted(each["platforms"])): each["platforms"] for each in after["plans"]}
    everybody = list(dict.fromkeys(code for found in causes.values() for code in found))

    def change(platforms: Sequence[str]) -> PlanChange:
        own = list(dict.fromkeys(code for each in platforms for code in causes.get(each, ())))
        return PlanChange(platforms, own or everybody or fallback)

    return (
        [change(new[key]) for key in new if key not in old],
        [change(old[key]) for key in old if key not in new],
    )


# --- Needs --------------------------------------------------------------------------------------------------


def _needs(before: Answered, after: Answered, then: Versions, today: Versions) -> list[NeedChange]:
    old = {each["id"]: each for each in before["needs"]}
    new = {each["id"]: each for each in after["needs"]}
    changes = []
    for need_id in [*old, *(key for key in new if key not in old)]:
        one, other = old.get(need_id), new.get(need_id)
        if one is None or other is None:
            reason = Reason(ReasonCode.VOCABULARY_CHANGED, None, then.vocabulary, today.vocabulary)
            changes.append(NeedChange(need_id, ["need"], reason))
            continue
        differs = [name for name in _OF_NEED if one.get(name) != other.get(name)]
        superseded = _successors(other) - _successors(one)
        if differs:
            reason = Reason(ReasonCode.VOCABULARY_CHANGED, None, then.vocabulary, today.vocabulary)
            changes.append(NeedChange(need_id, differs, reason))
        elif superseded:
            reason = Reason(
                ReasonCode.STANDARD_SUPERSEDED, None, other.get("standard"), ", ".join(sorted(superseded))
            )
            changes.append(NeedChange(need_id, ["warnings"], reason))
    return changes


def _successors(need: Answered) -> set[str]:
    """Return the editions that a need is warned of."""
    warnings = (each for each in need.get("warnings", ()) if each["code"] == "standard_superseded")
    return {str(each["facts"]["successor"]) for each in warnings}
