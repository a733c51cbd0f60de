"""POST /v1/matches over the seeded demo catalogue: the example, what is refused, languages, drawn needs."""

import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.matching.schemas import LONGEST_TEXT, MATCH_EXAMPLE, MOST_NEEDS
from tests.matching.catalogue import asked


@pytest.fixture
async def client(seeded_client: httpx.AsyncClient) -> httpx.AsyncClient:
    return seeded_client


OVERCHARGE = {"id": "n1", "standard": "GB 38031-2020", "parameter": "过充电", "accreditation": "CNAS"}
QUESTION = "谁能按 GB 38031-2020 做动力电池过充，要有 CNAS，在杭州，明年3月前"


class TestTheExample:
    async def test_it_names_platforms_with_evidence_that_opens(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/v1/matches", json=MATCH_EXAMPLE)
        assert response.status_code == 200
        answer = response.json()
        met = [
            (candidate, verdict)
            for candidate in answer["candidates"]
            for verdict in candidate["verdicts"]
            if verdict["verdict"] == "met"
        ]
        assert met
        for candidate, verdict in met:
            assert verdict["evidence"]
            for evidence in verdict["evidence"]:
                opened = await client.get(evidence["href"])
                assert opened.status_code == 200
                asked = {"flash": ("GB/T 261-2021", "CNAS"), "sampling": ("GB/T 6678-2003", "CMA")}
                assert (evidence["standard"], evidence["scheme"]) == asked[verdict["need_id"]]
                line = opened.json()
                assert line["platform"]["slug"] == candidate["platform"]["slug"]
                assert line["accreditation"]["certificate_no"] == evidence["certificate_no"]

    async def test_a_newcomers_question_is_understood(self, client: httpx.AsyncClient) -> None:
        response = await client.post(
            "/v1/matches", json={"result": {"title": QUESTION}, "on_date": "2026-12-01"}
        )
        answer = response.json()
        [need] = answer["needs"]
        assert (need["capability"], need["standard"]) == ("battery_safety", "GB 38031-2020")
        assert (need["accreditation"], need["must"], need["drawn"]) == ("CNAS", True, True)
        for span in need["spans"]:
            assert QUESTION[span["start"] : span["end"]] == span["text"]
        assert {span["of"] for span in need["spans"]} >= {"standard", "accreditation"}
        assert answer["plans"]

    async def test_scores_are_the_sums_of_their_parts_and_order_the_answer(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await asked(
            client,
            OVERCHARGE,
            {"capability": "salt_spray", "must": False},
            result={"title": QUESTION},
            limit=100,
        )
        scores = [candidate["score"] for candidate in answer["candidates"]]
        assert scores == sorted(scores, reverse=True)
        for candidate in answer["candidates"]:
            assert sum(candidate["score_parts"].values()) == pytest.approx(candidate["score"], abs=1e-9)
        assert [s["score"] for s in answer["services"]] == sorted(
            (s["score"] for s in answer["services"]), reverse=True
        )

    async def test_the_same_inputs_have_the_same_hash_and_answer(self, client: httpx.AsyncClient) -> None:
        one, again = await asked(client, OVERCHARGE), await asked(client, OVERCHARGE)
        other = await asked(client, OVERCHARGE, on_date="2026-12-02")
        assert one == again
        assert one["run"]["inputs_hash"] != other["run"]["inputs_hash"]


class TestAskedFor:
    async def test_the_real_catalogue_alone(self, client: httpx.AsyncClient) -> None:
        answer = await asked(client, OVERCHARGE, include_demo=False, result={"title": QUESTION}, limit=100)
        assert not any(candidate["platform"]["demo"] for candidate in answer["candidates"])
        assert {v["verdict"] for c in answer["candidates"] for v in c["verdicts"]} <= {"unknown", "unmet"}
        assert answer["plans"] == []
        assert not any(service["slug"].startswith("demo-") for service in answer["services"])

    async def test_real_records_are_at_most_unknown(self, client: httpx.AsyncClient) -> None:
        answer = await asked(
            client,
            {"id": "a", "capability": "cdmo"},
            {"id": "b", "capability": "scale_up", "accreditation": "CNAS"},
            {"id": "c", "capability": "salt_spray"},
            include_demo=False,
            limit=100,
        )
        found = {v["reason"] for c in answer["candidates"] for v in c["verdicts"]}
        assert found <= {"source_does_not_say", "no_such_line"}
        assert "source_does_not_say" in found
        assert all("prose_only" in [w["code"] for w in c["warnings"]] for c in answer["candidates"])

    async def test_limit_bounds_candidates_and_services_apart(self, client: httpx.AsyncClient) -> None:
        answer = await asked(client, {"capability": "salt_spray"}, result={"title": "盐雾试验"}, limit=1)
        assert (len(answer["candidates"]), len(answer["services"])) == (1, 1)
        assert answer["candidates_total"] > 1

    async def test_english(self, client: httpx.AsyncClient) -> None:
        body = {"needs": [{**OVERCHARGE, "capability": "battery_safety"}], "on_date": "2026-12-01"}
        zh = (await client.post("/v1/matches", json=body)).json()
        en = (await client.post("/v1/matches", json=body, headers={"Accept-Language": "en"})).json()
        assert zh["needs"][0]["capability_label"] != en["needs"][0]["capability_label"]
        details = [v["conditions"] for v in en["candidates"][0]["verdicts"]]
        assert all(condition["detail"].isprintable() for each in details for condition in each)
        assert [c["platform"]["slug"] for c in zh["candidates"]] == [
            c["platform"]["slug"] for c in en["candidates"]
        ]

    async def test_text_only_needs_are_clarified_and_left_out_of_plans(
        self, client: httpx.AsyncClient
    ) -> None:
        vague = {"id": "vague", "text": "随便看看", "accreditation": "none"}
        answer = await asked(client, OVERCHARGE, vague, limit=100)
        assert answer["to_clarify"] == ["vague"]
        assert all(plan["covers"] == ["n1"] for plan in answer["plans"])
        alone = await asked(client, vague)
        assert (alone["plans"], alone["plans_total"], alone["to_clarify"]) == ([], 0, ["vague"])
        verdicts = {
            v["verdict"] for c in answer["candidates"] for v in c["verdicts"] if v["need_id"] == "vague"
        }
        assert verdicts == {"unknown"}

    async def test_a_replaced_edition_is_warned_of_from_its_day_on(self, client: httpx.AsyncClient) -> None:
        before = await asked(client, OVERCHARGE, on_date="2026-06-30")
        after = await asked(client, OVERCHARGE, on_date="2026-07-01")
        assert before["needs"][0]["warnings"] == []
        [warning] = after["needs"][0]["warnings"]
        assert warning["code"] == "standard_superseded"
        assert warning["facts"] == {"successor": "GB 38031-2025", "effective": "2026-07-01"}
        verdicts = [
            [(c["platform"]["slug"], v["verdict"]) for c in answer["candidates"] for v in c["verdicts"]]
            for answer in (before, after)
        ]
        assert sorted(verdicts[0]) == sorted(verdicts[1])

    @pytest.mark.parametrize("spelling", ["gb38031-2020", "ＧＢ　38031—2020", "GB 38031-2020 8.1.2"])
    async def test_a_standard_in_any_spelling(self, client: httpx.AsyncClient, spelling: str) -> None:
        answer = await asked(client, {**OVERCHARGE, "standard": spelling})
        plain = await asked(client, OVERCHARGE)
        assert answer["needs"][0]["standard"] == "GB 38031-2020"
        assert answer["candidates"] == plain["candidates"]

    async def test_a_capability_by_any_of_its_names(self, client: httpx.AsyncClient) -> None:
        answers = [
            await asked(client, {"capability": name})
            for name in ("salt_spray", "盐雾试验", "Salt  Spray", "中性盐雾")
        ]
        assert {answer["needs"][0]["capability"] for answer in answers} == {"salt_spray"}
        assert (
            answers[0]["candidates"]
            == answers[1]["candidates"]
            == answers[2]["candidates"]
            == answers[3]["candidates"]
        )


NO = {"text": "x"}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "/body", "nothing_asked"),
    ({"needs": []}, "/body", "nothing_asked"),
    ({"needs": [NO] * (MOST_NEEDS + 1)}, "/body/needs", "too_long"),
    ({"needs": [{"text": "长" * (LONGEST_TEXT + 1)}]}, "/body/needs/0/text", "string_too_long"),
    ({"result": {"abstract": "长" * (LONGEST_TEXT + 1)}}, "/body/result/abstract", "string_too_long"),
    ({"needs": [NO, {"capability": "salt_sprai"}]}, "/body/needs/1/capability", "unknown_capability"),
    ({"needs": [{"standard": "随便什么"}]}, "/body/needs/0/standard", "unreadable_standard"),
    ({"needs": [{**NO, "range": {"min": 1}}]}, "/body/needs/0/range", "missing_unit"),
    (
        {"needs": [{**NO, "range": {"min": 2, "max": 1, "unit": "V"}}]},
        "/body/needs/0/range",
        "min_greater_than_max",
    ),
    ({"needs": [{**NO, "range": {"grade": "IP99X"}}]}, "/body/needs/0/range/grade", "unreadable_grade"),
    (
        {"needs": [{**NO, "range": {"grade": "IP67", "min": 1}}]},
        "/body/needs/0/range/grade",
        "unreadable_grade",
    ),
    ({"needs": [{**NO, "range": {"min": 99, "unit": "IP等级"}}]}, "/body/needs/0/range", "not_a_number"),
    ({"needs": [{"id": "a"}, {"id": "a"}]}, "/body/needs/1/id", "duplicate_id"),
    ({"needs": [{"id": "n2"}, {}]}, "/body/needs/1/id", "duplicate_id"),
    ({"needs": [{**NO, "accreditation": "CAL"}]}, "/body/needs/0/accreditation", "enum"),
    ({"needs": [{**NO, "colour": "red"}]}, "/body/needs/0/colour", "extra_forbidden"),
    ({"needs": [NO], "colour": "red"}, "/body/colour", "extra_forbidden"),
    ({"needs": [NO], "constraints": {"lat": 30.0}}, "/body/constraints", "incomplete_circle"),
    ({"needs": [NO], "constraints": {"radius_km": 5}}, "/body/constraints", "incomplete_circle"),
    (
        {"needs": [NO], "constraints": {"city_code": "999999"}},
        "/body/constraints/city_code",
        "unknown_region",
    ),
    ({"needs": [NO], "limit": 101}, "/body/limit", "less_than_equal"),
    ({"needs": [NO], "on_date": "2026-02-30"}, "/body/on_date", "date_from_datetime_parsing"),
    ({"result": {"trl": 10}}, "/body/result/trl", "less_than_equal"),
]


@pytest.mark.parametrize(("body", "pointer", "code"), REFUSED)
async def test_what_cannot_be_asked_is_refused_with_a_pointer(
    client: httpx.AsyncClient, body: dict[str, Any], pointer: str, code: str
) -> None:
    response = await client.post("/v1/matches", json=body)
    assert response.status_code == 422
    assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [(pointer, code)]


async def test_an_unknown_capability_is_answered_with_the_nearest(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/matches", json={"needs": [{"capability": "salt_sprai"}]})
    assert "salt_spray" in response.json()["errors"][0]["detail"]


async def test_an_unknown_query_parameter_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/matches?strict=true", json={"needs": [NO]})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/query/strict"


@pytest.mark.parametrize(
    "body",
    [
        {"result": {}},
        {"result": {"title": ""}},
        {"result": {"abstract": "长" * LONGEST_TEXT}},
        {"needs": [{}]},
        {"needs": [{"text": "x"}] * MOST_NEEDS},
        {"needs": [{"standard": "GB 38031-2020", "range": {"unit": "V"}}]},
        {"needs": [{"capability": "battery_safety"}], "on_date": "9999-12-31"},
        {"needs": [{"capability": "battery_safety"}], "on_date": "0001-01-01"},
        {"needs": [{"standard": "GB 99999-2020"}]},
        {"result": {"title": "明年3月前 GB 38031"}, "on_date": "9999-12-31"},
        {"result": {"title": "半年内，12月底前"}, "on_date": "9999-12-31"},
    ],
)
async def test_odd_requests_are_answered(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("/v1/matches", json=body)
    assert response.status_code == 200, response.text
    assert response.json()["plans_total"] == len(response.json()["plans"]) or body["needs"]


async def test_a_long_text_full_of_names_is_read_in_reasonable_time(
    client: httpx.AsyncClient, seeded_app: FastAPI
) -> None:
    text = "盐雾，过充10V，GB/T 2423.17-2008。"
    started = time.perf_counter()
    answer = await asked(client, result={"abstract": text * (LONGEST_TEXT // len(text))}, needs=[])
    assert {need["capability"] for need in answer["needs"]} == {"salt_spray", "battery_safety"}
    assert time.perf_counter() - started < 5
