"""`make eval`: quality on gold judgements, asked through the public interface.

Loads gold files from the paths given (default: those beside this file), on the demo catalogue and the engine that
PROVING_SEARCH_ENGINE names, with plain BM25 over words beside it. Ends with 1 when anything is falsely met.
Needs are also drawn from `abstracts/`, which nobody has tuned on.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import structlog

from app.indexing.indexer import reindex
from app.main import create_app
from app.settings import load_settings
from app.startup import build_indexes, load_seed_data, migrate_database, open_database
from search.baseline import PlainWords
from search.embedded import EmbeddedEngine
from search.port import SearchEngine, SearchRequest
from tests.evaluation.metrics import Tally

GOLD = Path(__file__).parent / "gold"
ABSTRACTS = Path(__file__).parent / "abstracts" / "held-back.json"
FALSELY_MET = 1
SURE = 0.7
"""The confidence from which drawn terms are also counted apart."""


async def main() -> int:
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    gold = [
        json.loads(path.read_text(encoding="utf-8")) for path in options.paths or sorted(GOLD.glob("*.json"))
    ]
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings().model_copy(
            update={
                "data_dir": Path(folder),
                "database_url": f"sqlite+aiosqlite:///{folder}/eval.db",
                "meili_index_prefix": "proving-eval-",
                "seed_demo": True,
            }
        )
        await migrate_database(settings, _quiet)
        await load_seed_data(settings, _quiet)
        await build_indexes(settings, _quiet, only_if_stale=False)
        tally, plain, held_back = Tally(), Tally(), Tally()
        app = create_app(settings)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app), base_url="http://eval", timeout=60
            ) as client,
        ):
            for judged in gold:
                await _ask(client, judged, tally)
            for abstract in json.loads(ABSTRACTS.read_text(encoding="utf-8"))["abstracts"]:
                await _draw(client, abstract, held_back)
        async with open_database(settings) as new_session:
            engine = EmbeddedEngine(PlainWords())
            await reindex(new_session, engine, progress=_quiet)
            await _ask_plain(engine, gold, plain)
    _report(settings.search_engine, tally, plain, held_back, show=options.show)
    return FALSELY_MET if tally.falsely_met else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("paths", type=Path, nargs="*", help="gold files; default: the ones of the suite")
    parser.add_argument("--show", type=int, default=5, help="how many misses to print")
    return parser.parse_args()


def _quiet(step: str) -> None:
    del step


async def _ask(client: httpx.AsyncClient, gold: Mapping[str, Any], tally: Tally) -> None:
    universe = set(gold["universe"])
    partial = gold.get("partial", False)
    for result in gold["results"]:
        body = {
            "result": _result(result),
            "needs": [_need(need) for need in result["needs"]],
            "on_date": result["on_date"],
            "limit": 100,
        }
        answer = await _post(client, body)
        _count_verdicts(result, answer, tally, partial=partial)
        if not partial:
            _count_plans(result, answer, tally)
        ranked = _condensed([service["slug"] for service in answer["services"]], universe)
        if result["judgements"] or not partial:
            tally.rank(["results", f"results/{result['field']}"], ranked, result["judgements"])
        await _draw(client, result, tally)
    for query in gold["queries"]:
        params = {"index": "services", "q": query["q"], "limit": 100, **query["filters"]}
        found = await client.get("/v1/search", params=params)
        found.raise_for_status()
        ranked = _condensed([hit["slug"] for hit in found.json()["hits"]], universe)
        tally.rank(["queries", f"queries/{query['style']}"], ranked, query["judgements"])


async def _draw(client: httpx.AsyncClient, result: Mapping[str, Any], tally: Tally) -> None:
    drawn = await client.post(
        "/v1/needs/draw", json={"text": _text(result), "on_date": result.get("on_date")}
    )
    drawn.raise_for_status()
    _count_drawn(result, drawn.json(), tally)


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": result["title_zh"],
        "abstract": result["abstract_zh"],
        "field": result["field"],
        "trl": result["trl"],
        "keywords": result["keywords_zh"],
    }


def _text(result: Mapping[str, Any]) -> str:
    return "\n".join([result["title_zh"], result["abstract_zh"], "，".join(result["keywords_zh"])])


def _need(need: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("id", "capability", "standard", "range", "accreditation", "must")
    return {"text": need["text_zh"], **{name: need[name] for name in kept}}


async def _post(client: httpx.AsyncClient, body: Mapping[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/matches", json=body)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _condensed(slugs: Sequence[str], universe: set[str]) -> list[str]:
    """Keep the services of platforms whose services were judged."""
    return [slug for slug in slugs if slug.rsplit("-svc-", 1)[0] in universe]


def _count_verdicts(
    result: Mapping[str, Any], answer: Mapping[str, Any], tally: Tally, *, partial: bool
) -> None:
    """Count verdicts; what a whole gold file does not name is unmet, of a partial one nothing is known."""
    got = {
        c["platform"]["slug"]: {v["need_id"]: v["verdict"] for v in c["verdicts"]}
        for c in answer["candidates"]
    }
    for need in result["needs"]:
        if need["id"] in result["text_only_needs"]:
            tally.falsely_met += sum(verdicts[need["id"]] == "met" for verdicts in got.values())
            continue
        want = result["verdicts"].get(need["id"], {})
        unnamed = () if partial else (slug for slug in got if slug.startswith("demo-"))
        for slug in {*want, *unnamed}:
            mine = got.get(slug, {}).get(need["id"], "unmet")
            gold = want.get(slug, "unmet")
            tally.verdicts += 1
            tally.right += mine == gold
            tally.falsely_met += mine == "met" and gold != "met"
            if mine != gold:
                tally.misses.append(f"{result['id']} {need['id']} {slug}: {mine}, gold {gold}")


def _count_plans(result: Mapping[str, Any], answer: Mapping[str, Any], tally: Tally) -> None:
    if set(result["text_only_needs"]) & {need["id"] for need in result["needs"] if need["must"]}:
        return
    got = {tuple(sorted(plan["platforms"])) for plan in answer["plans"]}
    gold = {tuple(sorted(plan)) for plan in result["best_plan"]}
    tally.plans += 1
    tally.plans_exact += got == gold
    if got != gold:
        tally.misses.append(f"{result['id']} plans: {sorted(got)}, gold {sorted(gold)}")


def _count_drawn(result: Mapping[str, Any], answer: Mapping[str, Any], tally: Tally) -> None:
    said = {need["capability"] for need in answer["needs"]} - {None}
    sure = {need["capability"] for need in answer["needs"] if need["confidence"] >= SURE} - {None}
    wanted = {need["capability"] for need in result["needs"]} - {None}
    tally.capabilities += len(wanted)
    tally.drawn += len(said)
    tally.capabilities_drawn += len(said & wanted)
    tally.surely_drawn += len(sure)
    tally.surely_right += len(sure & wanted)
    asked = {need["capability"]: need["accreditation"] for need in answer["needs"]}
    wishes = {need["capability"]: need.get("accreditation") for need in result["needs"]}
    tally.schemes_right += sum(asked[code] == wishes[code] for code in said & wanted)


async def _ask_plain(engine: SearchEngine, gold: Sequence[Mapping[str, Any]], tally: Tally) -> None:
    for judged in gold:
        universe = set(judged["universe"])
        texts = [
            (["results", f"results/{r['field']}"], f"{r['title_zh']}\n{r['abstract_zh']}", r["judgements"])
            for r in judged["results"]
        ]
        texts += [(["queries", f"queries/{q['style']}"], q["q"], q["judgements"]) for q in judged["queries"]]
        for groups, text, judgements in texts:
            found = await engine.search(SearchRequest("services", text, limit=200))
            ranked = _condensed([str(hit.document["slug"]) for hit in found.hits], universe)
            tally.rank(groups, ranked, judgements)


def _report(engine: str, tally: Tally, plain: Tally, held_back: Tally, *, show: int) -> None:
    print(f"engine: {engine}")
    for miss in tally.misses[:show]:
        print(f"  {miss}")
    print(f"falsely met {tally.falsely_met} (target 0)")
    print(
        f"verdicts right {tally.right} of {tally.verdicts}, {tally.right / tally.verdicts:.2%} (target 100 %)"
    )
    print(
        f"plans exact {tally.plans_exact} of {tally.plans}, {tally.plans_exact / tally.plans:.2%} (target 100 %)"
    )
    print(
        f"capability terms drawn from texts: recall {tally.capabilities_drawn / tally.capabilities:.2f},"
        f" precision {tally.capabilities_drawn / max(1, tally.drawn):.2f};"
        f" at confidence >= {SURE}: recall {tally.surely_right / tally.capabilities:.2f},"
        f" precision {tally.surely_right / max(1, tally.surely_drawn):.2f};"
        f" accreditation right for {tally.schemes_right / max(1, tally.capabilities_drawn):.2f}"
    )
    print(
        f"the same from abstracts nobody tuned on: recall {held_back.capabilities_drawn / held_back.capabilities:.2f},"
        f" precision {held_back.capabilities_drawn / max(1, held_back.drawn):.2f}"
    )
    print(f"{'':<34}{'nDCG@10':>8}{'recall@50':>11}{'plain BM25':>13}{'recall@50':>11}")
    for group in sorted(tally.ranks):
        mine, beside = tally.means(group), plain.means(group)
        print(f"{group:<34}{mine[0]:8.3f}{mine[1]:11.3f}{beside[0]:13.3f}{beside[1]:11.3f}")
    print("targets: results nDCG@10 >= 0.90, queries >= 0.88, recall@50 >= 0.92")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
