"""Why the verdict of one platform on one need is not what it was. Pure.

What is compared is the evidence of the two verdicts, as they were answered, and what the rows behind it are now. An
answer may be years old: what it does not say is taken for unchanged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from app.models.scope import AccreditationState
from app.registry.rules import AccreditationStatus, accreditation_status

Answered = Mapping[str, Any]


class ReasonCode(StrEnum):
    """What can have changed a verdict, a candidate or a plan."""

    PLATFORM_ADDED = "platform_added"
    PLATFORM_REMOVED = "platform_removed"
    PLATFORM_SUSPENDED = "platform_suspended"
    PLATFORM_REINSTATED = "platform_reinstated"
    PLATFORM_CHANGED = "platform_changed"
    ACCREDITATION_ADDED = "accreditation_added"
    ACCREDITATION_REMOVED = "accreditation_removed"
    ACCREDITATION_GRANTED = "accreditation_granted"
    ACCREDITATION_SUSPENDED = "accreditation_suspended"
    ACCREDITATION_WITHDRAWN = "accreditation_withdrawn"
    ACCREDITATION_EXPIRED = "accreditation_expired"
    ACCREDITATION_NOT_YET_VALID = "accreditation_not_yet_valid"
    ACCREDITATION_CHANGED = "accreditation_changed"
    ACCREDITATION_VERIFIED = "accreditation_verified"
    LINE_ADDED = "line_added"
    LINE_REMOVED = "line_removed"
    LINE_CHANGED = "line_changed"
    LINE_ENDED = "line_ended"
    SERVICE_ADDED = "service_added"
    SERVICE_REMOVED = "service_removed"
    SERVICE_CHANGED = "service_changed"
    STANDARD_SUPERSEDED = "standard_superseded"
    VOCABULARY_CHANGED = "vocabulary_changed"
    SCORER_CHANGED = "scorer_changed"
    WEIGHTS_CHANGED = "weights_changed"
    DATE_MOVED = "date_moved"
    CATALOGUE_CHANGED = "catalogue_changed"
    ORDER_ONLY = "order_only"


@dataclass(frozen=True, slots=True)
class Reason:
    """`subject` names the thing that changed, as `kind:id`; `before` and `after` what of it did."""

    code: ReasonCode
    subject: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """What an answer was made with, besides the catalogue's rows."""

    on_date: date
    index: str
    vocabulary: str
    scorer: str
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LineNow:
    """A scope line of an old answer; one that is not `live` is published no more."""

    live: bool
    accreditation: str
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class AccreditationNow:
    """`added`: it was not public when the run was made. `changed`: it or its lines changed since."""

    live: bool
    scheme: str
    certificate_no: str | None
    state: AccreditationState
    valid_from: date | None
    valid_to: date | None
    added: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class PlatformNow:
    """What a platform is now, and what happened to it since the run; things by their public ids.

    `new_lines` and `new_services` were certainly published since.
    """

    live: bool = True
    added: bool = False
    suspended: bool = False
    reinstated: bool = False
    changed: bool = False
    accreditations: Mapping[str, AccreditationNow] = field(default_factory=dict)
    lines: Mapping[str, LineNow] = field(default_factory=dict)
    new_lines: frozenset[str] = frozenset()
    services: Mapping[str, bool] = field(default_factory=dict)
    new_services: frozenset[str] = frozenset()


_STATES: Mapping[AccreditationStatus, ReasonCode] = {
    AccreditationStatus.GRANTED: ReasonCode.ACCREDITATION_GRANTED,
    AccreditationStatus.SUSPENDED: ReasonCode.ACCREDITATION_SUSPENDED,
    AccreditationStatus.WITHDRAWN: ReasonCode.ACCREDITATION_WITHDRAWN,
    AccreditationStatus.EXPIRED: ReasonCode.ACCREDITATION_EXPIRED,
    AccreditationStatus.NOT_YET_VALID: ReasonCode.ACCREDITATION_NOT_YET_VALID,
}
_OF_LINE = ("standard", "clause", "object", "parameter", "range", "restriction")


def why(
    before: Answered | None, after: Answered | None, now: PlatformNow, then: Versions, today: Versions
) -> list[Reason]:
    """Return the reasons, the most telling first; at least one.

    `before` and `after` are verdicts as they are answered (`app.matching.schemas.VerdictRead`), None where the
    platform was not shown.
    """
    whole = _of_platform(before, after, now)
    if whole is not None:
        return [whole]
    found = list(
        dict.fromkeys(
            [
                *_of_accreditations(before, after, now, then, today),
                *_of_lines(before, after, now, then, today),
                *_of_services(before, after, now),
                *_of_conditions(before, after),
            ]
        )
    )
    return found or _of_changed(after, now) or [_of_versions(now, then, today)]


def _of_platform(before: Answered | None, after: Answered | None, now: PlatformNow) -> Reason | None:
    if not now.live:
        return Reason(ReasonCode.PLATFORM_REMOVED)
    if now.suspended and after is None:
        return Reason(ReasonCode.PLATFORM_SUSPENDED)
    if before is None and now.added:
        return Reason(ReasonCode.PLATFORM_ADDED)
    if before is None and now.reinstated:
        return Reason(ReasonCode.PLATFORM_REINSTATED)
    return None


def _evidence(verdict: Answered | None, *kinds: str) -> list[Answered]:
    return [each for each in (verdict or {}).get("evidence", ()) if each.get("kind") in kinds]


# --- Accreditations -----------------------------------------------------------------------------------------


def _of_accreditations(
    before: Answered | None, after: Answered | None, now: PlatformNow, then: Versions, today: Versions
) -> Iterator[Reason]:
    seen = set()
    for each in _evidence(before, "scope_line", "accreditation"):
        uid = _accreditation_of(each, now)
        if uid is not None and uid not in seen:
            seen.add(uid)
            yield from _changes_of(uid, each, now.accreditations[uid], then, today)
        elif uid is None and each.get("certificate_no") is not None:
            yield Reason(ReasonCode.ACCREDITATION_REMOVED, f"certificate:{each['certificate_no']}")
    for each in _evidence(after, "scope_line", "accreditation"):
        uid = _accreditation_of(each, now)
        if uid is not None and uid not in seen:
            seen.add(uid)
            held = now.accreditations[uid]
            if held.added:
                yield Reason(ReasonCode.ACCREDITATION_ADDED, f"accreditation:{uid}")
            elif held.valid_from is not None and then.on_date < held.valid_from <= today.on_date:
                yield Reason(
                    ReasonCode.ACCREDITATION_GRANTED,
                    f"accreditation:{uid}",
                    "not_yet_valid",
                    held.valid_from.isoformat(),
                )


def _accreditation_of(evidence: Answered, now: PlatformNow) -> str | None:
    """Return the id of the accreditation behind the evidence; None: it is no longer there."""
    if evidence["kind"] == "accreditation":
        return evidence["id"] if evidence["id"] in now.accreditations else None
    line = now.lines.get(evidence["id"])
    if line is not None:
        return line.accreditation if line.accreditation in now.accreditations else None
    named = evidence.get("scheme"), evidence.get("certificate_no")
    same = (uid for uid, held in now.accreditations.items() if (held.scheme, held.certificate_no) == named)
    return next(same, None)


def _changes_of(
    uid: str, evidence: Answered, held: AccreditationNow, then: Versions, today: Versions
) -> Iterator[Reason]:
    subject = f"accreditation:{uid}"
    if not held.live:
        yield Reason(ReasonCode.ACCREDITATION_REMOVED, subject)
        return
    if evidence.get("state") is None:
        return
    start, end = _day(evidence.get("valid_from")), _day(evidence.get("valid_to"))
    was = accreditation_status(AccreditationState(evidence["state"]), start, end, then.on_date)
    status = accreditation_status(held.state, held.valid_from, held.valid_to, today.on_date)
    if status is not was:
        code = _STATES.get(status, ReasonCode.ACCREDITATION_CHANGED)
        yield Reason(code, subject, *_told(was, status, end, held))
    elif (start, end) != (held.valid_from, held.valid_to):
        yield Reason(
            ReasonCode.ACCREDITATION_CHANGED,
            subject,
            _validity(start, end),
            _validity(held.valid_from, held.valid_to),
        )


def _told(
    was: AccreditationStatus, status: AccreditationStatus, end: date | None, held: AccreditationNow
) -> tuple[str, str]:
    """Say what the accreditation was and is; of one that expired, since when."""
    if status is AccreditationStatus.EXPIRED and held.valid_to is not None:
        return _validity(None, end), held.valid_to.isoformat()
    return was.value, status.value


def _validity(start: date | None, end: date | None) -> str:
    return f"{start or ''}/{end or ''}"


def _day(text: Any) -> date | None:
    return text if isinstance(text, date) or text is None else date.fromisoformat(text)


def _of_changed(after: Answered | None, now: PlatformNow) -> list[Reason]:
    """Name accreditations of which no more is known than that they, or their scopes, changed since."""
    uids = (_accreditation_of(each, now) for each in _evidence(after, "scope_line", "accreditation"))
    return [
        Reason(ReasonCode.ACCREDITATION_CHANGED, f"accreditation:{uid}")
        for uid in dict.fromkeys(uids)
        if uid is not None and now.accreditations[uid].changed
    ]


# --- Lines and services -------------------------------------------------------------------------------------


def _of_lines(
    before: Answered | None, after: Answered | None, now: PlatformNow, then: Versions, today: Versions
) -> Iterator[Reason]:
    old = {each["id"]: each for each in _evidence(before, "scope_line")}
    new = {each["id"]: each for each in _evidence(after, "scope_line")}
    replaced = set()
    for line_id, each in old.items():
        line = now.lines.get(line_id)
        if line is not None and line.live:
            yield from _of_standing(line_id, each, new.get(line_id), line, then, today)
        elif not _is_gone(each, now):
            successor = _in_the_place_of(each, old, new, now)
            replaced.add(successor)
            yield from _of_ended(line_id, each, new.get(successor or ""))
    for line_id, each in new.items():
        is_new = line_id in now.new_lines and not _is_new(each, now)
        if is_new and line_id not in old and line_id not in replaced:
            yield Reason(ReasonCode.LINE_ADDED, f"scope_line:{line_id}", None, each.get("standard"))


def _of_standing(
    line_id: str, before: Answered, after: Answered | None, line: LineNow, then: Versions, today: Versions
) -> Iterator[Reason]:
    """Tell what became of a line that is still published."""
    subject = f"scope_line:{line_id}"
    if after is not None and _said(after) != _said(before):
        yield Reason(ReasonCode.LINE_CHANGED, subject, *_differing(before, after))
    elif line.effective_to is not None and then.on_date <= line.effective_to < today.on_date:
        yield Reason(ReasonCode.LINE_ENDED, subject, None, line.effective_to.isoformat())


def _of_ended(line_id: str, before: Answered, successor: Answered | None) -> Iterator[Reason]:
    """Tell of a line that is published no more; one that was stored anew as it was is no reason."""
    subject = f"scope_line:{line_id}"
    if successor is None:
        yield Reason(ReasonCode.LINE_REMOVED, subject, before.get("standard"))
    elif _said(successor) != _said(before):
        yield Reason(ReasonCode.LINE_CHANGED, subject, *_differing(before, successor))


def _is_gone(evidence: Answered, now: PlatformNow) -> bool:
    """Tell whether the line went with its accreditation, which has a reason of its own."""
    uid = _accreditation_of(evidence, now)
    return uid is None or not now.accreditations[uid].live


def _is_new(evidence: Answered, now: PlatformNow) -> bool:
    uid = _accreditation_of(evidence, now)
    return uid is not None and now.accreditations[uid].added


def _in_the_place_of(
    gone: Answered, old: Mapping[str, Answered], new: Mapping[str, Answered], now: PlatformNow
) -> str | None:
    """Return the new line of the same accreditation and standard: an edited line is a row of its own."""
    held = _accreditation_of(gone, now)
    for line_id, each in new.items():
        same = _base(each) == _base(gone) and _accreditation_of(each, now) == held
        if line_id not in old and line_id in now.new_lines and same:
            return line_id
    return None


def _base(evidence: Answered) -> str:
    return str(evidence.get("standard") or "").rpartition("-")[0] or str(evidence.get("standard") or "")


def _said(evidence: Answered) -> tuple[Any, ...]:
    return tuple(evidence.get(name) for name in _OF_LINE)


def _differing(before: Answered, after: Answered) -> tuple[str, str]:
    """Return the parts in which two lines differ, as words."""
    names = [name for name in _OF_LINE if before.get(name) != after.get(name)]
    return tuple(  # type: ignore[return-value]
        "; ".join(f"{name}: {_short(each.get(name))}" for name in names) for each in (before, after)
    )


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        if value.get("grades"):
            return ",".join(value["grades"])
        ends = (value.get("min"), value.get("max"), value.get("unit"))
        return "{}～{} {}".format(*("" if end is None else end for end in ends)).strip()
    return "" if value is None else str(value)


def _of_services(before: Answered | None, after: Answered | None, now: PlatformNow) -> Iterator[Reason]:
    old = {each["id"]: each for each in _evidence(before, "service")}
    new = {each["id"]: each for each in _evidence(after, "service")}
    for uid, each in old.items():
        if not now.services.get(uid, False):
            yield Reason(ReasonCode.SERVICE_REMOVED, f"service:{uid}")
        elif uid not in new or _said(new[uid]) != _said(each):
            yield Reason(ReasonCode.SERVICE_CHANGED, f"service:{uid}", *_differing(each, new.get(uid, {})))
    for uid in new.keys() - old.keys():
        added = ReasonCode.SERVICE_ADDED if uid in now.new_services else ReasonCode.SERVICE_CHANGED
        if uid in now.new_services or now.changed:
            yield Reason(added, f"service:{uid}")


# --- Conditions and versions --------------------------------------------------------------------------------

_CONDITIONS: Mapping[str, ReasonCode] = {
    "edition_superseded": ReasonCode.STANDARD_SUPERSEDED,
    "declared_not_verified": ReasonCode.ACCREDITATION_VERIFIED,
    "outsiders_not_served": ReasonCode.PLATFORM_CHANGED,
    "held_by_partner": ReasonCode.ACCREDITATION_CHANGED,
}


def _of_conditions(before: Answered | None, after: Answered | None) -> Iterator[Reason]:
    if before is None or after is None or (not before.get("conditions") and not after.get("conditions")):
        return
    old, new = _conditions(before), _conditions(after)
    same_lines = [each["id"] for each in _evidence(before, "scope_line", "service")] == [
        each["id"] for each in _evidence(after, "scope_line", "service")
    ]
    for code in sorted(old.keys() ^ new.keys()):
        reason = _CONDITIONS.get(code)
        if reason is ReasonCode.STANDARD_SUPERSEDED and code in new:
            yield Reason(reason, None, None, new[code].get("successor"))
        elif reason is ReasonCode.ACCREDITATION_VERIFIED and same_lines and code in old:
            yield Reason(reason)
        elif reason in (ReasonCode.PLATFORM_CHANGED, ReasonCode.ACCREDITATION_CHANGED) and same_lines:
            yield Reason(reason, None, code if code in old else None, code if code in new else None)


def _conditions(verdict: Answered) -> dict[str, Answered]:
    return {each["code"]: each.get("facts", {}) for each in verdict.get("conditions", ())}


def _of_versions(now: PlatformNow, then: Versions, today: Versions) -> Reason:
    """Return what is left to be the reason when the evidence shows none."""
    if then.vocabulary != today.vocabulary:
        return Reason(ReasonCode.VOCABULARY_CHANGED, None, then.vocabulary, today.vocabulary)
    if then.scorer != today.scorer:
        return Reason(ReasonCode.SCORER_CHANGED, None, then.scorer, today.scorer)
    if now.changed:
        return Reason(ReasonCode.PLATFORM_CHANGED)
    if then.on_date != today.on_date:
        return Reason(ReasonCode.DATE_MOVED, None, then.on_date.isoformat(), today.on_date.isoformat())
    if then.index != today.index:
        return Reason(ReasonCode.CATALOGUE_CHANGED, None, then.index, today.index)
    return Reason(ReasonCode.ORDER_ONLY)


def codes(reasons: Sequence[Reason]) -> list[ReasonCode]:
    """Return the codes, each once, in their order."""
    return list(dict.fromkeys(reason.code for reason in reasons))
