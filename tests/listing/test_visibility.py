"""Nothing of a draft can be read by anybody: not one text of it is in the answer of any public operation."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from app.db import SessionFactory, writing
from app.indexing.indexer import reindex
from app.kit.clock import utcnow
from app.listing.drafts import lock_listing
from app.listing.publication import publish_revision
from app.main import equip
from app.models import Listing
from app.settings import Settings
from app.worker import work
from search.embedded import EmbeddedEngine
from search.port import SearchEngine
from search.text import TextLayer
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.listing.marked import MARK, Marked, make_marked

NEEDLE = re.compile(rf"{MARK}\d+|Q/?ZQXMARK ?\d+|GB ?38031-2018|newcomer|4321\.00", re.IGNORECASE)
DAY = "2026-12-01"
SHOWN_WHEN_PUBLISHED = {
    "get_accreditation",
    "get_platform",
    "get_scope_line",
    "get_service",
    "get_standard",
    "list_changes",
    "list_platforms",
    "list_scope_lines",
    "list_scope_lines_of_platform",
    "list_services",
    "list_standards",
    "match_result",
    "search_catalogue",
    "suggest_completions",
}
"""What shows a draft as soon as it is published: the same questions would find a leak in each."""


def silent(_message: str) -> None:
    pass


@dataclass(frozen=True)
class Asked:
    operation: str
    method: str
    url: str
    body: Any = None


@dataclass
class World:
    app: FastAPI
    client: httpx.AsyncClient
    sessions: SessionFactory
    search: SearchEngine
    marked: Marked

    async def deliver(self) -> None:
        while (await work(self.sessions, self.search, now=utcnow())).delivered:
            pass


@pytest.fixture
async def world(settings: Settings, own_sessions: SessionFactory, contract: Contract) -> AsyncIterator[World]:
    async with own_sessions() as session:
        marked = await make_marked(session)
    search = EmbeddedEngine(TextLayer())
    await reindex(own_sessions, search, progress=silent)
    app = as_new(settings)
    equip(app, own_sessions, search)
    async with client_of(app, contract) as client:
        yield World(app, client, own_sessions, search, marked)
    await search.close()


def keys_of(marked: Marked) -> Mapping[str, list[str]]:
    """Ids of what is public and what is not, by the name of the parameter of a path."""
    drafts = (marked.new, marked.next)
    services = [str(uid) for each in drafts for kind, uid in each.uids.items() if kind == "service"]
    return {
        "platform_id": [marked.hub.slug, marked.new.platform.slug, str(marked.new.platform.uid)],
        "service_id": [marked.service.slug, *services],
        "accreditation_id": [marked.held.slug, *(str(each.accreditation.uid) for each in drafts)],
        "line_id": [str(marked.line.id), *(str(line.id) for each in drafts for line in each.lines)],
        "number": [
            "GB 38031",
            "GB 38031-2018",
            *(line.standard_number for each in drafts for line in each.lines),
        ],
        "code": ["new_energy", "330110", "overcharge"],
    }


def queries_of(parameters: list[dict[str, Any]], marked: Marked) -> Iterator[dict[str, str]]:
    """Nothing asked, and each parameter that takes words, a key or a choice, once alone."""
    yield {}
    numbers = keys_of(marked)["number"]
    for parameter in parameters:
        name, schema = parameter["name"], parameter.get("schema", {})
        if name in {"cursor", "on_date"} or ("enum" in str(schema) and name != "index"):
            continue
        if name == "standard":
            yield from ({name: number} for number in numbers)
        elif name == "platform":
            yield from ({name: key} for key in keys_of(marked)["platform_id"])
        elif name == "facets":
            yield {name: "field,function,city,tier,kind,lead_type,scheme,capability,voucher,demo"}
        elif name == "index":
            yield from (
                {name: index, "q": text} for index in ("services", "platforms") for text in ("", MARK)
            )
        elif name in {"field", "function", "city", "capability"}:
            chosen = {"field": "robotics", "function": "test_inspection", "city": "330200"}
            yield {name: chosen.get(name, "overcharge")}
        elif name in {"q", "object", "parameter", "name"}:
            yield from ({name: text} for text in (MARK, MARK[:4], "Q/ZQXMARK"))


def requests_of(document: Mapping[str, Any], public: set[str], marked: Marked) -> Iterator[Asked]:
    needs = [
        {"id": f"n{position}", "standard": number, "accreditation": "none"}
        for position, number in enumerate(keys_of(marked)["number"][1:])
    ]
    bodies = {
        "match_result": [
            {"needs": needs, "on_date": DAY, "limit": 50},
            {"needs": [{"id": "n", "capability": "overcharge", "accreditation": "either"}], "on_date": DAY},
            {"result": {"title": f"{MARK} {MARK}", "abstract": "过充试验"}, "on_date": DAY},
        ]
    }
    for template, operations in document["paths"].items():
        for method, operation in operations.items():
            name = operation["operationId"]
            if name not in public:
                continue
            paths = [template]
            for key in re.findall(r"\{(\w+)\}", template):
                values = keys_of(marked).get(key, [str(marked.new.platform.uid), "1"])
                paths = [
                    path.replace(f"{{{key}}}", quote(value, safe="")) for path in paths for value in values
                ]
            in_query = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
            for path in paths:
                for query in queries_of(in_query, marked):
                    url = str(httpx.URL(path, params=query)) if query else path
                    for body in bodies.get(name, [None]):
                        yield Asked(name, method.upper(), url, body)


def shown(response: httpx.Response, asked: Asked) -> list[str]:
    """Return the marks in an answer but those of the question itself."""
    sent = f"{httpx.URL(asked.url)} {asked.body}".lower()
    said = {found.lower().replace(" ", "").replace("/", "") for found in NEEDLE.findall(response.text)}
    own = {
        found.lower().replace(" ", "").replace("/", "") for found in NEEDLE.findall(sent + _plain(asked.url))
    }
    return sorted(said - own)


def _plain(url: str) -> str:
    return str(httpx.URL(url).path) + " " + " ".join(httpx.URL(url).params.values())


async def marks_by_operation(world: World) -> dict[str, set[str]]:
    """Ask every public operation whatever could bring a draft to light; return what it showed."""
    document = world.app.openapi()
    public = {name for name, row in world.app.state.policy.items() if row.is_public}
    found: dict[str, set[str]] = {}
    for asked in requests_of(document, public, world.marked):
        response = await world.client.request(asked.method, asked.url, json=asked.body)
        assert response.status_code < 500, (asked, response.text)
        found.setdefault(asked.operation, set()).update(shown(response, asked))
    assert found.keys() == public & {
        operation["operationId"] for each in document["paths"].values() for operation in each.values()
    }
    return found


async def test_no_public_operation_shows_any_text_of_a_draft(world: World) -> None:
    assert {name: marks for name, marks in (await marks_by_operation(world)).items() if marks} == {}


async def test_the_same_questions_show_the_drafts_once_they_are_published(world: World) -> None:
    for drafted in (world.marked.new, world.marked.next):
        async with writing(world.sessions) as session:
            listing: Listing = await lock_listing(session, drafted.listing.platform_id)
            await publish_revision(session, listing, actor="person:test", now=utcnow())
    await world.deliver()
    shown_now = {name for name, marks in (await marks_by_operation(world)).items() if marks}
    assert SHOWN_WHEN_PUBLISHED - shown_now == set()


async def test_things_of_a_draft_are_not_found_by_id(world: World) -> None:
    new, hubs = world.marked.new, world.marked.next
    for path in (
        f"platforms/{new.platform.uid}",
        f"platforms/{new.platform.slug}",
        f"platforms/{new.platform.slug}/scope-lines",
        f"accreditations/{new.accreditation.uid}",
        f"accreditations/{hubs.accreditation.slug}",
        f"scope-lines/{hubs.lines[-1].id}",
    ):
        assert (await world.client.get(f"/v1/{path}")).status_code == 404, path
    held = (await world.client.get("/v1/accreditations/hub-cnas")).json()
    assert held["scope_line_count"] == 1
