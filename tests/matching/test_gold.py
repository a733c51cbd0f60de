"""Matches over the demo catalogue against judgements: verdicts and plans exactly, nothing falsely met.

The gold files of the developers' folder are read when they are there; a few cases of our own always are.
"""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).resolve()
GOLD_FILES = sorted(HERE.parents[3].glob("shared/data/demo/*-results.json"))
OWN = json.loads((HERE.parent / "data" / "gold.json").read_text(encoding="utf-8"))["results"]


def results() -> list[Any]:
    found = [
        pytest.param(result, id=result["id"])
        for path in GOLD_FILES
        for result in json.loads(path.read_text(encoding="utf-8"))["results"]
    ]
    absent = pytest.mark.skip(reason="no gold files in ../shared/data/demo")
    return found or [pytest.param(None, id="gold", marks=absent)]


async def matched(client: httpx.AsyncClient, result: dict[str, Any]) -> dict[str, Any]:
    needs = [
        {
            "id": need["id"],
            "text": need["text_zh"],
            **{name: need[name] for name in ("capability", "standard", "range", "accreditation", "must")},
        }
        for need in result["needs"]
    ]
    body = {
        "result": {
            "title": result["title_zh"],
            "abstract": result["abstract_zh"],
            "field": result["field"],
            "trl": result["trl"],
            "keywords": result["keywords_zh"],
        },
        "needs": needs,
        "on_date": result["on_date"],
        "limit": 100,
    }
    response = await client.post("/v1/matches", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def compare(result: dict[str, Any], answer: dict[str, Any]) -> None:
    """Every demo platform: what gold does not name is unmet; text-only needs are never met."""
    given = {
        (candidate["platform"]["slug"], verdict["need_id"]): verdict["verdict"]
        for candidate in answer["candidates"]
        for verdict in candidate["verdicts"]
        if candidate["platform"]["demo"]
    }
    for need in result["needs"]:
        if need["id"] in result["text_only_needs"]:
            assert "met" not in {v for (_, need_id), v in given.items() if need_id == need["id"]}
            continue
        gold = result["verdicts"].get(need["id"], {})
        slugs = {*gold, *(slug for slug, _ in given)}
        wanted = {slug: gold.get(slug, "unmet") for slug in slugs}
        assert {slug: given.get((slug, need["id"]), "unmet") for slug in slugs} == wanted
    must = {need["id"] for need in result["needs"] if need["must"]}
    if not must & set(result["text_only_needs"]):
        plans = {tuple(sorted(plan["platforms"])) for plan in answer["plans"]}
        assert plans == {tuple(sorted(plan)) for plan in result["best_plan"]}
        assert answer["plans_total"] == len(plans)


@pytest.mark.parametrize("result", results())
async def test_verdicts_and_plans_are_those_of_the_gold_files(
    seeded_client: httpx.AsyncClient, result: dict[str, Any]
) -> None:
    compare(result, await matched(seeded_client, result))


@pytest.mark.parametrize("result", OWN, ids=lambda result: result["id"])
async def test_verdicts_and_plans_are_those_of_our_own_cases(
    seeded_client: httpx.AsyncClient, result: dict[str, Any]
) -> None:
    compare(result, await matched(seeded_client, result))
