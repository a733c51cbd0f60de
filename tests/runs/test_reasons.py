"""Why a verdict is not what it was: a table of evidence before and after, and of what the rows are now."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.scope import AccreditationState
from app.runs.differences import differences
from app.runs.reasons import AccreditationNow, LineNow, PlatformNow, ReasonCode, Versions, codes, why
from app.runs.wording import REASONS

R = ReasonCode
THEN = Versions(date(2026, 12, 1), "7", "v1", "1", {"text": 0.3})
LATER = Versions(date(2027, 2, 1), "9", "v1", "1", {"text": 0.3})
START, END = date(2024, 5, 1), date(2030, 4, 30)
GRANTED, SUSPENDED = AccreditationState.GRANTED, AccreditationState.SUSPENDED


def line(number: int = 1, **known: Any) -> dict[str, Any]:
    return {
        "kind": "scope_line",
        "id": str(number),
        "scheme": "CNAS",
        "certificate_no": "L1",
        "state": "granted",
        "valid_from": START.isoformat(),
        "valid_to": END.isoformat(),
        "object": None,
        "parameter": None,
        "standard": "GB 1-2020",
        "clause": None,
        "range": None,
        "restriction": None,
        **known,
    }


def service(uid: str = "s", **known: Any) -> dict[str, Any]:
    return {"kind": "service", "id": uid, "standard": "GB 1-2020", "object": None, **known}


def verdict(*evidence: dict[str, Any], said: str = "met", **conditions: dict[str, str]) -> dict[str, Any]:
    return {
        "need_id": "n1",
        "verdict": said if said in ("met", "unknown") else "unmet",
        "reason": said,
        "conditions": [{"code": code, "facts": facts} for code, facts in conditions.items()],
        "evidence": list(evidence),
    }


def held(**known: Any) -> AccreditationNow:
    values = {
        "live": True,
        "scheme": "CNAS",
        "certificate_no": "L1",
        "state": GRANTED,
        "valid_from": START,
        "valid_to": END,
        **known,
    }
    return AccreditationNow(**values)


def now(*new: str, lines: dict[str, LineNow] | None = None, **known: Any) -> PlatformNow:
    accreditation = known.pop("accreditation", held())
    there = {number: LineNow(True, "a") for number in ("1", "2")} if lines is None else lines
    return PlatformNow(accreditations={"a": accreditation}, lines=there, new_lines=frozenset(new), **known)


GONE = LineNow(False, "a")
NO_LINE = verdict(said="no_such_line")
MET, EXPIRED = verdict(line()), verdict(line(), said="accreditation_expired")
CASES: list[tuple[str, Any, Any, PlatformNow, list[ReasonCode]]] = [
    ("removed", MET, None, now(live=False), [R.PLATFORM_REMOVED]),
    ("suspended", MET, None, now(suspended=True), [R.PLATFORM_SUSPENDED]),
    ("published", None, MET, now(added=True), [R.PLATFORM_ADDED]),
    ("reinstated", None, MET, now(reinstated=True), [R.PLATFORM_REINSTATED]),
    ("line added", NO_LINE, MET, now("1"), [R.LINE_ADDED]),
    ("line added to another", verdict(line(2), said="other_edition"), MET, now("1"), [R.LINE_ADDED]),
    ("line removed", MET, NO_LINE, now(lines={"1": GONE}), [R.LINE_REMOVED]),
    ("line gone for ever", MET, NO_LINE, now(lines={}), [R.LINE_REMOVED]),
    (
        "line edited",
        MET,
        verdict(line(2, restriction="只做单体"), restriction={"text": "只做单体"}),
        now("2", lines={"1": GONE, "2": LineNow(True, "a")}),
        [R.LINE_CHANGED],
    ),
    ("line rewritten", MET, verdict(line(restriction="x")), now(), [R.LINE_CHANGED]),
    (
        "line ended",
        MET,
        verdict(line(), said="line_not_in_force"),
        now(lines={"1": LineNow(True, "a", date(2026, 12, 31))}),
        [R.LINE_ENDED],
    ),
    (
        "expired by the calendar",
        verdict(line(valid_to="2026-12-31")),
        EXPIRED,
        now(accreditation=held(valid_to=date(2026, 12, 31))),
        [R.ACCREDITATION_EXPIRED],
    ),
    (
        "expired by a correction",
        MET,
        EXPIRED,
        now(accreditation=held(valid_to=date(2025, 1, 1))),
        [R.ACCREDITATION_EXPIRED],
    ),
    (
        "prolonged",
        verdict(line(), expires_before_delivery={}),
        MET,
        now(accreditation=held(valid_to=date(2036, 1, 1))),
        [R.ACCREDITATION_CHANGED],
    ),
    ("suspended state", MET, NO_LINE, now(accreditation=held(state=SUSPENDED)), [R.ACCREDITATION_SUSPENDED]),
    (
        "withdrawn",
        MET,
        NO_LINE,
        now(accreditation=held(state=AccreditationState.WITHDRAWN)),
        [R.ACCREDITATION_WITHDRAWN],
    ),
    (
        "granted",
        verdict(line(state="applied"), said="accreditation_pending"),
        MET,
        now(),
        [R.ACCREDITATION_GRANTED],
    ),
    (
        "valid at last",
        verdict(line(valid_from="2027-01-01"), said="accreditation_not_yet_valid"),
        MET,
        now(accreditation=held(valid_from=date(2027, 1, 1))),
        [R.ACCREDITATION_GRANTED],
    ),
    ("new accreditation", NO_LINE, MET, now("1", accreditation=held(added=True)), [R.ACCREDITATION_ADDED]),
    ("no longer public", MET, NO_LINE, now(accreditation=held(live=False)), [R.ACCREDITATION_REMOVED]),
    ("verified", verdict(line(), declared_not_verified={}), MET, now(), [R.ACCREDITATION_VERIFIED]),
    (
        "superseded",
        MET,
        verdict(line(), edition_superseded={"successor": "GB 1-2026"}),
        now(),
        [R.STANDARD_SUPERSEDED],
    ),
    (
        "two things at once",
        MET,
        verdict(line(2), said="other_scheme"),
        now("2", lines={"1": GONE, "2": LineNow(True, "b")}),
        [R.LINE_REMOVED, R.LINE_ADDED],
    ),
    ("service added", NO_LINE, verdict(service()), now(new_services=frozenset("s")), [R.SERVICE_ADDED]),
    ("service removed", verdict(service()), NO_LINE, now(), [R.SERVICE_REMOVED]),
    (
        "service changed",
        verdict(service()),
        verdict(service(object="x")),
        now(services={"s": True}),
        [R.SERVICE_CHANGED],
    ),
    (
        "known to have changed",
        None,
        verdict(line()),
        now(accreditation=held(changed=True)),
        [R.ACCREDITATION_CHANGED],
    ),
    ("doors closed", MET, verdict(line(), outsiders_not_served={}), now(), [R.PLATFORM_CHANGED]),
    ("only the day", MET, NO_LINE, now(), [R.DATE_MOVED]),
]


@pytest.mark.parametrize(
    ("before", "after", "known", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_the_reason_is_found_in_the_evidence(
    before: Any, after: Any, known: PlatformNow, expected: list[ReasonCode]
) -> None:
    assert codes(why(before, after, known, THEN, LATER)) == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (Versions(THEN.on_date, "9", "v2", "1", THEN.weights), R.VOCABULARY_CHANGED),
        (Versions(THEN.on_date, "9", "v1", "2", THEN.weights), R.SCORER_CHANGED),
        (Versions(THEN.on_date, "9", "v1", "1", THEN.weights), R.CATALOGUE_CHANGED),
        (THEN, R.ORDER_ONLY),
    ],
)
def test_where_the_evidence_says_nothing_the_versions_do(today: Versions, expected: ReasonCode) -> None:
    assert codes(why(MET, NO_LINE, now(), THEN, today)) == [expected]


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(ReasonCode)


def answer(*candidates: str, plans: tuple[tuple[str, ...], ...] = (), **verdicts: Any) -> dict[str, Any]:
    return {
        "needs": [{"id": "n1", "warnings": []}],
        "candidates": [
            {"platform": {"slug": slug}, "verdicts": [verdicts.get(slug, MET)]} for slug in candidates
        ],
        "plans": [{"platforms": list(plan)} for plan in plans],
    }


def compared(before: Any, after: Any, today: Versions = THEN, **known: PlatformNow) -> Any:
    return differences(before, after, {}, {slug: now() for slug in "abc"} | known, THEN, today)


def test_an_answer_is_unchanged_against_itself_and_order_alone_is_told_as_such() -> None:
    first = answer("a", "b", "c", plans=(("a", "b"), ("c",)))
    assert compared(first, first).unchanged
    moved = compared(first, answer("b", "a", "c", plans=(("b", "a"), ("c",))))
    assert (moved.verdicts, moved.plans_gained, moved.plans_lost) == ([], [], [])
    assert [(c.platform, c.before, c.after, list(c.reasons)) for c in moved.candidates] == [
        ("b", 2, 1, [R.ORDER_ONLY]),
        ("a", 1, 2, [R.ORDER_ONLY]),
    ]
    weighed = Versions(THEN.on_date, "7", "v1", "1", {"text": 0.4})
    assert compared(first, answer("b", "a", "c", plans=(("a", "b"), ("c",))), weighed).candidates[
        0
    ].reasons == [R.WEIGHTS_CHANGED]


def test_who_was_passed_by_a_changed_platform_has_its_reason_and_who_only_moved_up_none() -> None:
    found = compared(
        answer("a", "b", "c", plans=(("a",),)),
        answer("b", "a", plans=(("b",),), a=verdict(line(), said="outside_range")),
        a=now(accreditation=held(state=SUSPENDED)),
        c=now(live=False),
    )
    told = {c.platform: (c.before, c.after, list(c.reasons)) for c in found.candidates}
    assert told == {
        "c": (3, None, [R.PLATFORM_REMOVED]),
        "b": (2, 1, [R.ACCREDITATION_SUSPENDED]),
        "a": (1, 2, [R.ACCREDITATION_SUSPENDED]),
    }
    assert [(list(p.platforms), list(p.reasons)) for p in found.plans_lost] == [
        (["a"], [R.ACCREDITATION_SUSPENDED])
    ]
    assert [list(p.platforms) for p in found.plans_gained] == [["b"]]
    ahead = compared(answer("a", "b", "c"), answer("b", "c"), a=now(suspended=True))
    assert [c.platform for c in ahead.candidates] == ["a"]


def test_a_need_that_is_warned_of_or_read_otherwise_is_told() -> None:
    first, second = answer(), answer()
    warning = {"code": "standard_superseded", "facts": {"successor": "GB 1-2026"}}
    second["needs"] = [{"id": "n1", "standard": "GB 1-2020", "warnings": [warning]}]
    first["needs"] = [{"id": "n1", "standard": "GB 1-2020", "warnings": []}]
    [change] = compared(first, second).needs
    assert (change.reason.code, change.reason.after) == (R.STANDARD_SUPERSEDED, "GB 1-2026")
    second["needs"] = [{"id": "n1", "standard": "GB 1-2020", "capability": "x", "warnings": []}]
    [change] = compared(first, second).needs
    assert (change.differs, change.reason.code) == (["capability"], R.VOCABULARY_CHANGED)


SHOWN = st.sampled_from([MET, EXPIRED, NO_LINE, verdict(line(2)), verdict(service(), said="unknown")])
ANSWERS = st.dictionaries(st.sampled_from("abcd"), SHOWN, max_size=4).flatmap(
    lambda shown: st.permutations(list(shown)).map(lambda order: answer(*order, **shown))
)


@given(ANSWERS, ANSWERS)
def test_every_change_has_a_reason_and_nothing_changes_for_none(before: Any, after: Any) -> None:
    found = compared(before, after, LATER)
    assert all(change.reasons for change in (*found.verdicts, *found.candidates))
    assert compared(before, before, LATER).unchanged
    if found.unchanged:
        assert [c["platform"] for c in before["candidates"]] == [c["platform"] for c in after["candidates"]]
