"""What is missing or doubtful in a draft is found, with its place; mending it never lowers the score."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.i18n import Localized
from app.listing.documents import AccreditationDocument, PlatformDocument, ServiceDocument
from app.listing.findings import WORDS, Finding, Severity, finding, score
from app.listing.findings_rules import ScopeOfStandard, Vocabulary, WholeDraft, judge_draft
from app.vocabulary.names import Names, RegionName

TODAY = date(2026, 11, 23)
VOCABULARY = Vocabulary(
    names=Names(
        version=1,
        fields={"new_energy": Localized(zh="新能源")},
        functions={"test_inspection": Localized(zh="试验检测")},
        terms={"salt_spray": Localized(zh="盐雾试验"), "flight_test": Localized(zh="试飞")},
        regions={"330100": RegionName("330100", "city", Localized(zh="杭州市"), "330000", ("330100",))},
        places={},
        term_names={},
        same_term={},
        broader={},
    ),
    listed=frozenset({"GB/T 2423.17", "GB 38031"}),
    successors={
        "GB 38031-2015": [("GB 38031-2020", date(2021, 1, 1))],
        "GB 38031-2020": [("GB 38031-2025", date(2027, 7, 1))],
    },
    designations={"flight_test": "空域批准"},
    seats={"330100": (30.2469, 120.2098)},
)
SCOPE = [ScopeOfStandard("GB 38031-2020", "GB 38031", lines=4, without_range=0)]


def platform(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name_zh": "甲",
        "name_en": "A",
        "region_code": "330100",
        "fields": ["new_energy"],
        "summary_zh": "简介",
        "serves_outsiders": "yes",
        "lat": 30.3,
        "lon": 120.1,
    }
    return PlatformDocument.model_validate({**given, **changes}).stored()


def service(*capabilities: dict[str, Any], **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "function": "test_inspection",
        "title_zh": "乙",
        "title_en": "B",
        "fields": ["new_energy"],
        "lead_time_days": 5,
        "price_options": [{"kind": "negotiable"}],
        "capabilities": capabilities or [{"standard": "GB 38031-2020"}],
    }
    return ServiceDocument.model_validate({**given, **changes}).stored()


def accreditation(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "scheme": "CNAS",
        "state": "granted",
        "certificate_no": "CNAS L1234",
        "valid_from": "2024-01-01",
        "valid_to": "2029-12-31",
    }
    return AccreditationDocument.model_validate({**given, **changes}).stored()


def draft(**changes: Any) -> WholeDraft:
    given: dict[str, Any] = {
        "platform": platform(),
        "services": [service()],
        "accreditations": [accreditation()],
        "scopes": [SCOPE],
        "contacts": 1,
        "intake_steps": 1,
    }
    return WholeDraft(**{**given, **changes})


def found(one: WholeDraft) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in judge_draft(one, VOCABULARY, TODAY)]


_S, _A, _P = "/services/0/document", "/accreditations/0/document", "/platform/document"
_UNKNOWN = [ScopeOfStandard("Q/ABC 1-2024", "Q/ABC 1", 2, 1), *SCOPE]
_OLD = [*SCOPE, ScopeOfStandard("GB 38031-2015", "GB 38031", 3, 0)]
CASES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, []),
    ({"platform": platform(region_code=None)}, [("region_missing", f"{_P}/region_code")]),
    ({"platform": platform(region_code="999999")}, [("unknown_region", f"{_P}/region_code")]),
    ({"platform": platform(fields=[])}, [("fields_missing", f"{_P}/fields")]),
    ({"platform": platform(fields=["new_energi"])}, [("unknown_field", f"{_P}/fields/0")]),
    ({"platform": platform(name_en=None)}, [("english_name_missing", f"{_P}/name_en")]),
    ({"platform": platform(summary_zh=None)}, [("summary_missing", f"{_P}/summary_zh")]),
    ({"platform": platform(serves_outsiders="unknown")}, [("outsiders_unknown", f"{_P}/serves_outsiders")]),
    ({"platform": platform(lat=39.9, lon=116.4)}, [("coordinates_outside_region", f"{_P}/lat")]),
    ({"services": []}, [("services_missing", "/services")]),
    ({"contacts": 0}, [("contacts_missing", "/contacts")]),
    ({"intake_steps": 0}, [("intake_missing", "/intake_steps")]),
    ({"services": [service(function="test")]}, [("unknown_function", f"{_S}/function")]),
    ({"services": [service(price_options=[])]}, [("price_missing", f"{_S}/price_options")]),
    ({"services": [service(lead_time_days=None)]}, [("lead_time_missing", f"{_S}/lead_time_days")]),
    ({"services": [service(capabilities=[])]}, [("capability_missing", f"{_S}/capabilities")]),
    ({"services": [service({"term": "salt_fog"})]}, [("unknown_term", f"{_S}/capabilities/0/term")]),
    (
        {"services": [service({"term": "flight_test"})]},
        [("designation_may_apply", f"{_S}/capabilities/0/term")],
    ),
    (
        {"services": [service({"parameter": "p"}, {"standard": "GB/T 2423.17-2008"})]},
        [("standard_not_in_scope", f"{_S}/capabilities/1/standard")],
    ),
    (
        {"services": [service({"standard": "GB 38031-2015"})]},
        [("edition_superseded", f"{_S}/capabilities/0/standard")],
    ),
    (
        {"services": [service({"standard": "GB 38032-2020"})]},
        [
            ("standard_unknown", f"{_S}/capabilities/0/standard"),
            ("standard_not_in_scope", f"{_S}/capabilities/0/standard"),
        ],
    ),
    (
        {"accreditations": [accreditation(certificate_no=None)]},
        [("certificate_no_missing", f"{_A}/certificate_no")],
    ),
    ({"accreditations": [accreditation(valid_to=None)]}, [("validity_not_stated", f"{_A}/valid_to")]),
    (
        {"accreditations": [accreditation(certificate_no=None, valid_to=None, state="planned")]},
        [],
    ),
    (
        {"accreditations": [accreditation(valid_to="2026-11-22")]},
        [("accreditation_expired", f"{_A}/valid_to")],
    ),
    (
        {"accreditations": [accreditation(valid_to="2026-11-23")]},
        [("accreditation_expires_soon", f"{_A}/valid_to")],
    ),
    (
        {"accreditations": [accreditation(valid_to=str(TODAY + timedelta(days=90)))]},
        [("accreditation_expires_soon", f"{_A}/valid_to")],
    ),
    ({"accreditations": [accreditation(valid_to=str(TODAY + timedelta(days=91)))]}, []),
    (
        {"scopes": [[]]},
        [
            ("accreditation_without_lines", "/accreditations/0"),
            ("standard_not_in_scope", f"{_S}/capabilities/0/standard"),
        ],
    ),
    (
        {"accreditations": [accreditation(state="withdrawn")]},
        [("standard_not_in_scope", f"{_S}/capabilities/0/standard")],
    ),
    (
        {"scopes": [_UNKNOWN]},
        [("line_range_missing", "/accreditations/0"), ("line_standard_unknown", "/accreditations/0")],
    ),
    ({"scopes": [_OLD]}, [("line_edition_superseded", "/accreditations/0")]),
]


@pytest.mark.parametrize(("changes", "wanted"), CASES)
def test_each_thing_is_found_at_its_place_and_nothing_else(
    changes: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    assert found(draft(**changes)) == wanted


def test_every_kind_of_finding_has_a_case() -> None:
    assert {code for _, wanted in CASES for code, _ in wanted} == set(WORDS)


def test_unknown_codes_come_with_the_nearest_known_ones() -> None:
    one = draft(services=[service({"term": "salt_fog"}, {"standard": "GB/T 2423.71-2008"})])
    nearest = {each.code: each.nearest for each in judge_draft(one, VOCABULARY, TODAY)}
    assert nearest["unknown_term"][0] == "salt_spray"
    assert nearest["standard_unknown"] == ("GB/T 2423.17",)


def test_lines_are_counted_together_with_a_few_examples() -> None:
    scope = [ScopeOfStandard(f"Q/ABC {n}-2024", f"Q/ABC {n}", 100, 50) for n in range(10)]
    findings = {each.code: each for each in judge_draft(draft(scopes=[scope]), VOCABULARY, TODAY)}
    assert "500 lines" in findings["line_range_missing"].why.in_lang("en")
    assert findings["line_standard_unknown"].why.zh.count("Q/ABC") == 3


FINDINGS = st.lists(st.sampled_from(sorted(WORDS)).map(lambda code: finding(code, "", "x", "y")), max_size=60)


@given(FINDINGS, st.data())
def test_mending_one_finding_never_lowers_the_score(findings: list[Finding], data: st.DataObject) -> None:
    assert 0 <= score(findings) <= 100
    if findings:
        index = data.draw(st.integers(0, len(findings) - 1))
        assert score(findings[:index] + findings[index + 1 :]) >= score(findings)


@given(st.lists(st.sampled_from([changes for changes, _ in CASES]), max_size=4))
def test_what_is_whole_scores_best_however_much_is_missing_elsewhere(chosen: list[dict[str, Any]]) -> None:
    merged = {name: value for changes in chosen for name, value in changes.items()}
    before = score(judge_draft(draft(**merged), VOCABULARY, TODAY))
    for name in ("platform", "contacts", "intake_steps"):
        mended = {key: value for key, value in merged.items() if key != name}
        assert score(judge_draft(draft(**mended), VOCABULARY, TODAY)) >= before


def test_a_draft_without_findings_scores_a_hundred_and_errors_cost_most() -> None:
    assert score([]) == 100
    by_severity = {one.severity: score([one]) for one in (finding(code, "", "x", "y") for code in WORDS)}
    assert by_severity[Severity.ERROR] < by_severity[Severity.WARNING] < by_severity[Severity.ADVICE] < 100
