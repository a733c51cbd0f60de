"""Every request that the Meilisearch adapter sends is one that the server's own API description allows.

The description is not part of the repository: without it beside the repository these tests are skipped.
What it says wrongly is corrected in `described`.
"""

import copy
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from search.meilisearch import MeilisearchEngine
from search.meilisearch_relevance import MOST_SCORED
from search.port import (
    And,
    Between,
    Document,
    Eq,
    Exists,
    GeoRadius,
    In,
    IndexNotReady,
    Not,
    Or,
    SearchRequest,
    SortBy,
    SortByDistance,
)
from search.text import LONG, TextLayer
from tests.fixtures.meili_stub import Answer, MeiliStub, Recorded

DESCRIPTION = Path(__file__).parents[2].parent / "shared" / "meilisearch-openapi.json"
ROOT = "urn:meilisearch"
LAYER = TextLayer()
FILTERS = {
    "city": In("city", ("330100", 'a"b\\c')),
    "price": Between("price_min_cny", None, 1e6),
    "else": Or((Not(Eq("voucher", True)), And((Exists("tier"), GeoRadius(30.0, 120.0, 5e4))))),
}
HIT = {"id": b"a".hex(), "payload": "{}", "lengths": [9, 9], "frequencies": "2 盐雾"}

Call = Callable[[MeilisearchEngine], Awaitable[Any]]


async def documents() -> AsyncIterator[Document]:
    yield {
        "id": "样品 1",
        "payload": {"n": 1},
        "texts": {"title": "盐雾试验", "standards": ["GB/T 10125-2021"]},
        "name": "盐雾",
        "city": "330100",
        "platform": "x" * 900,
        "price_min_cny": 5,
        "lat": 30.0,
        "lon": 120.0,
    }


def search(text: str = "", **more: Any) -> Call:
    return lambda engine: engine.search(SearchRequest("services", text, **more))


CALLS: dict[str, Call] = {
    "blank": search(),
    "text": search("盐雾试验 GB/T 10125"),
    "text, filters, facets": search(
        "盐雾", filters=FILTERS, facets=("city", "field", "platform"), offset=5, limit=7
    ),
    "totals only": search("盐雾", filters=FILTERS, facets=("city",), limit=0),
    "by field": search("盐雾", sort=SortBy("price_min_cny", descending=True)),
    "by name": search(sort=SortBy("name")),
    "by distance": search(filters=FILTERS, sort=SortByDistance(30.27, -120.5, descending=True)),
    "past what is scored": search("盐雾", offset=MOST_SCORED + 5, limit=20),
    "candidates": lambda engine: engine.candidates("services", "盐雾试验与动力电池过充，" * LONG, limit=50),
    "upsert": lambda engine: engine.upsert("services", [{"id": "a", "texts": {}}]),
    "delete": lambda engine: engine.delete("services", ["a", "b"]),
    "rebuild": lambda engine: engine.rebuild("services", documents(), stamp="状态"),
    "restamp": lambda engine: engine.restamp("services", "状态"),
    "health": lambda engine: engine.health(),
}


def found(request: Recorded) -> Answer:
    """Answer as an index with many hits, so that the adapter takes its longest ways."""
    digest = {"f_platform": {"==" + "0" * 64: 1}}
    results = [
        {"hits": [HIT] * min(1, query["limit"]), "estimatedTotalHits": 5000, "facetDistribution": digest}
        for query in request.body["queries"]
    ]
    return Answer({"results": results})


async def requests_of(
    call: Call, existing: Sequence[str] = ("services-v0", "services-v3", "meta")
) -> list[Recorded]:
    async with MeiliStub() as stub:
        stub.on("POST", "/multi-search", found)
        noted = {
            "id": "services-v3",
            "stamp": "s",
            "average_lengths": [9, 9],
            "generation": "g",
            "holding": "{}",
        }
        stub.on("POST", "/indexes/meta/documents/fetch", Answer({"results": [noted]}))
        indexes = [{"uid": uid} for uid in existing]
        stub.on("GET", "/indexes", Answer({"results": indexes, "total": len(indexes)}))
        engine = MeilisearchEngine(stub.url, "key", LAYER)
        try:
            # What needs an index is refused where there is none; what was sent until then must be right too.
            with suppress(IndexNotReady):
                await call(engine)
        finally:
            await engine.close()
        return stub.requests


class Description:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource(ROOT, resource)
        self._paths = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path)
            for path in sorted(document["paths"], key=lambda path: path.count("{"))
        ]

    def problems(self, request: Recorded) -> Iterator[str]:
        path = next((path for pattern, path in self._paths if pattern.fullmatch(request.path)), None)
        operation = self._document["paths"][path].get(request.method.lower()) if path else None
        if operation is None:
            yield f"{request.method} {request.path} does not exist"
            return
        declared = {
            one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "query"
        }
        yield from (f"no parameter {name}" for name in request.query.keys() - declared.keys())
        body = operation.get("requestBody")
        if body is None:
            if request.body is not None:
                yield "a body where none is taken"
            return
        schema = f"{ROOT}#/paths/{_escaped(path)}/{request.method.lower()}/requestBody/content/application~1json/schema"
        validator = Draft202012Validator({"$ref": schema}, registry=self._registry)
        yield from (
            f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(request.body)
        )
        if request.headers.get("content-type") != "application/json":
            yield "not sent as JSON"


def _escaped(path: str | None) -> str:
    return str(path).replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


@pytest.fixture(scope="module")
def description() -> Description:
    if not DESCRIPTION.exists():
        pytest.skip("the API description of Meilisearch is not beside the repository")
    return Description(described(json.loads(DESCRIPTION.read_text(encoding="utf-8"))))


def described(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Correct what the description says otherwise than the server does (seen on v1.50).

    `facets` is an array of names; unknown fields of a body are refused; a filter is a text or a list of
    texts and lists of texts; documents are a list of objects with an id that the server allows.
    """
    corrected = copy.deepcopy(dict(document))
    schemas = corrected["components"]["schemas"]
    schemas["AttributePatterns"] = {"type": "array", "items": {"type": "string"}}
    schemas["IndexUid"] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,400}$"}
    for schema in schemas.values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    text_or_texts = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    for name in ("SearchQuery", "SearchQueryWithIndex", "BrowseQuery"):
        schemas[name]["properties"]["filter"] = {
            "anyOf": [{"type": "null"}, {"type": "string"}, {"type": "array", "items": text_or_texts}]
        }
    identifier = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,511}$"}
    for method in ("post", "put"):
        documents_path = corrected["paths"]["/indexes/{index_uid}/documents"][method]
        documents_path["requestBody"]["content"]["application/json"]["schema"] = {
            "type": "array",
            "items": {"type": "object", "required": ["id"], "properties": {"id": identifier}},
        }
    return corrected


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_every_request_is_one_that_the_server_takes(description: Description, call: Call) -> None:
    requests = await requests_of(call) + await requests_of(call, existing=())
    problems = {
        f"{request.method} {request.path}: {problem}"
        for request in requests
        for problem in description.problems(request)
    }
    assert problems == set()


async def test_these_calls_take_every_way_through_the_adapter() -> None:
    sent = {
        (request.method, re.sub("__.*?(?=/|$)", "", request.path))
        for call in CALLS.values()
        for request in await requests_of(call)
    }
    assert sent == {
        ("GET", "/version"),
        ("GET", "/indexes"),
        ("POST", "/indexes"),
        ("GET", "/indexes/services-v3"),
        ("PATCH", "/indexes/services-v3/settings"),
        ("POST", "/indexes/services-v3/documents"),
        ("POST", "/indexes/services-v3/documents/delete-batch"),
        ("GET", "/indexes/services-v3/stats"),
        ("POST", "/indexes/meta/documents"),
        ("PUT", "/indexes/meta/documents"),
        ("POST", "/indexes/meta/documents/fetch"),
        ("POST", "/swap-indexes"),
        ("DELETE", "/indexes/services-v3"),
        ("DELETE", "/indexes/services-v0"),
        ("POST", "/multi-search"),
        ("GET", "/tasks/1"),
    }


@pytest.mark.parametrize(
    "text", ['"', '"盐雾', "盐雾 -试验", "a -b", "\\", "x" * 30_000, "一二三四五六七八九十" * 30]
)
async def test_no_text_of_a_user_reaches_the_query_parser(text: str) -> None:
    """It negates after ` -`, opens a phrase at `"` and reads ten words; so `q` is never sent."""
    for call in (search(text), search(text, sort=SortBy("name")), search(text, limit=0)):
        for request in await requests_of(call):
            queries = (request.body or {}).get("queries", []) if isinstance(request.body, dict) else []
            assert not any("q" in query for query in [request.body or {}, *queries])


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/multi-search", {"queries": [{"indexUid": "a", "facets": ["f"]}]}, False),
        ("/multi-search", {"queries": [{"indexUid": "a", "facets": {"patterns": ["f"]}}]}, True),
        ("/multi-search", {"queries": [{"indexUid": "a", "nope": 1}]}, True),
        ("/multi-search", {"queries": [{"indexUid": "a b"}]}, True),
        ("/multi-search", {"queries": [{"indexUid": "a", "limit": -1}]}, True),
        ("/multi-search", {"queries": [{"indexUid": "a", "filter": [1]}]}, True),
        ("/indexes/a/search", {"nope": 1}, True),
        ("/indexes/a/documents", [{"title": "x"}], True),
        ("/indexes/a/documents", [{"id": "a b"}], True),
        ("/indexes/a/nowhere", {}, True),
    ],
)
def test_the_corrected_description_refuses_what_the_server_refuses(
    description: Description, path: str, body: Any, expected: bool
) -> None:
    request = Recorded("POST", path, {}, {"content-type": "application/json"}, body)
    assert bool(list(description.problems(request))) is expected
