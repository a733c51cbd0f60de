"""What the adapter makes of a server on bad days: against a real socket, with answers that a test scripts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from search.meilisearch import MeilisearchEngine
from search.meilisearch_client import CIRCUIT_OPEN_SECONDS, FAILURES_THAT_OPEN_THE_CIRCUIT, CircuitBreaker
from search.port import (
    Document,
    EngineRejected,
    EngineUnavailable,
    IndexNotReady,
    SearchRequest,
)
from search.text import TextLayer
from tests.fixtures.meili_stub import Answer, MeiliStub, Recorded, accepted, error, task

LAYER = TextLayer()
BLANK = SearchRequest("services")
DOCUMENT: Document = {"id": "a", "payload": {}, "texts": {"title": "盐雾试验"}}

Call = Callable[[MeilisearchEngine], Awaitable[Any]]


async def documents(count: int = 1) -> AsyncIterator[Document]:
    for number in range(count):
        yield {**DOCUMENT, "id": f"d{number}"}


CALLS: dict[str, Call] = {
    "search": lambda engine: engine.search(BLANK),
    "search with text": lambda engine: engine.search(SearchRequest("services", "盐雾")),
    "candidates": lambda engine: engine.candidates("services", "盐雾试验", limit=5),
    "upsert": lambda engine: engine.upsert("services", [DOCUMENT]),
    "delete": lambda engine: engine.delete("services", ["a"]),
    "rebuild": lambda engine: engine.rebuild("services", documents(), stamp="x"),
}


@pytest_asyncio.fixture
async def stub() -> AsyncIterator[MeiliStub]:
    async with MeiliStub() as server:
        yield server


@pytest_asyncio.fixture
async def engine(stub: MeiliStub) -> AsyncIterator[MeilisearchEngine]:
    made = MeilisearchEngine(stub.url, "key", LAYER, timeout_seconds=0.3, task_timeout_seconds=0.3)
    yield made
    await made.close()


def every_call() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


class TestUnreachable:
    @every_call()
    async def test_a_refused_connection_is_unavailable(
        self, stub: MeiliStub, engine: MeilisearchEngine, call: Call
    ) -> None:
        await stub.stop()
        with pytest.raises(EngineUnavailable):
            await call(engine)

    async def test_a_connection_lost_on_the_way_is_tried_again_once(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        healthy = Answer({"results": [{"hits": [], "estimatedTotalHits": 7}]})
        stub.on("POST", "/multi-search", Answer(healthy.body, cut_at=10), healthy)
        assert (await engine.search(BLANK)).total == 7
        assert len(stub.asked("POST", "/multi-search")) == 2

    async def test_a_body_that_is_always_cut_is_unavailable(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("POST", "/multi-search", Answer({"results": []}, cut_at=5))
        with pytest.raises(EngineUnavailable):
            await engine.search(BLANK)

    async def test_a_body_that_is_not_json_is_unavailable(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("POST", "/multi-search", Answer(b"<html>"))
        with pytest.raises(EngineUnavailable, match="not JSON"):
            await engine.search(BLANK)

    async def test_a_server_that_never_answers_is_unavailable_and_not_asked_again(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("POST", "/multi-search", Answer(hang=True))
        with pytest.raises(EngineUnavailable, match="ReadTimeout"):
            await engine.search(BLANK)
        assert len(stub.asked("POST", "/multi-search")) == 1

    async def test_after_failures_in_a_row_it_refuses_at_once(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        await engine.search(BLANK)
        stub.on("POST", "/multi-search", Answer(status=500))
        for _ in range(FAILURES_THAT_OPEN_THE_CIRCUIT):
            with pytest.raises(EngineUnavailable):
                await engine.search(BLANK)
        before = len(stub.requests)
        with pytest.raises(EngineUnavailable) as caught:
            await engine.search(BLANK)
        assert len(stub.requests) == before
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= CIRCUIT_OPEN_SECONDS


class TestOverload:
    async def test_overload_that_passes_is_not_noticed(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        busy = error(503, "too_many_search_requests", **{"Retry-After": "0"})
        stub.on("POST", "/multi-search", busy, Answer({"results": [{"hits": [], "estimatedTotalHits": 3}]}))
        assert (await engine.search(BLANK)).total == 3

    @pytest.mark.parametrize("status", [429, 503])
    async def test_overload_is_tried_once_more_and_says_when_to_come_back(
        self, stub: MeiliStub, engine: MeilisearchEngine, status: int
    ) -> None:
        stub.on("POST", "/multi-search", error(status, "too_many_search_requests", **{"Retry-After": "10"}))
        with pytest.raises(EngineUnavailable) as caught:
            await engine.search(BLANK)
        assert caught.value.retry_after == 10
        assert len(stub.asked("POST", "/multi-search")) == 2

    async def test_without_a_time_none_is_given(self, stub: MeiliStub, engine: MeilisearchEngine) -> None:
        stub.on("POST", "/multi-search", Answer(b"busy", 503))
        with pytest.raises(EngineUnavailable) as caught:
            await engine.search(BLANK)
        assert caught.value.retry_after is None


class TestRefusals:
    @every_call()
    async def test_a_key_without_the_right_is_rejected(
        self, stub: MeiliStub, engine: MeilisearchEngine, call: Call
    ) -> None:
        for method in ("GET", "POST"):
            stub.on(method, "/(indexes|multi-search).*", error(403, "invalid_api_key", "The key is invalid."))
        with pytest.raises(EngineRejected, match="403: The key is invalid"):
            await call(engine)

    async def test_too_large_a_batch_is_rejected(self, stub: MeiliStub, engine: MeilisearchEngine) -> None:
        stub.on("POST", "/indexes/.*/documents", Answer(b"too large", 413))
        with pytest.raises(EngineRejected, match="413"):
            await engine.upsert("services", [DOCUMENT])

    @pytest.mark.parametrize("version", ["1.24.9", "1.9.0", "0.30.1"])
    @every_call()
    async def test_an_old_server_is_refused_before_anything_else(
        self, stub: MeiliStub, engine: MeilisearchEngine, call: Call, version: str
    ) -> None:
        stub.on("GET", "/version", Answer({"pkgVersion": version}))
        with pytest.raises(EngineRejected, match=f"{version} is too old: at least 1.25"):
            await call(engine)
        assert {request.path for request in stub.requests} == {"/version"}

    @pytest.mark.parametrize("version", ["1.25.0", "1.50.0-rc.1", "2.0.0"])
    async def test_newer_servers_are_fine_and_asked_once(
        self, stub: MeiliStub, engine: MeilisearchEngine, version: str
    ) -> None:
        stub.on("GET", "/version", Answer({"pkgVersion": version}))
        await engine.search(BLANK)
        await engine.search(BLANK)
        assert len(stub.asked("GET", "/version")) == 1

    @every_call()
    async def test_an_index_that_is_not_there_is_not_ready(
        self, stub: MeiliStub, engine: MeilisearchEngine, call: Call
    ) -> None:
        gone = error(404, "index_not_found", "Index `services-v3` not found.")
        stub.on("POST", "/multi-search", error(400, "index_not_found", "Inside `.queries[0]`: not found."))
        stub.on("GET", "/indexes/[^/]+", gone)
        stub.on("GET", "/indexes/[^/]+/stats", gone)
        with pytest.raises(IndexNotReady):
            await call(engine)


class TestTasks:
    @pytest.mark.parametrize("name", ["upsert", "delete", "rebuild"])
    async def test_a_write_that_is_accepted_and_fails_later_is_rejected_with_the_reason(
        self, stub: MeiliStub, engine: MeilisearchEngine, name: str
    ) -> None:
        stub.on("POST", "/indexes/.*/(documents|delete-batch)", accepted(7))
        stub.on("GET", "/tasks/7", task("processing"), task("failed", code="x", message="`_geo` is bad"))
        with pytest.raises(EngineRejected, match="task 1 failed: `_geo` is bad"):
            await CALLS[name](engine)

    async def test_a_write_returns_only_when_its_task_is_done(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("GET", "/tasks/1", task("enqueued"), task("processing"), task("succeeded"))
        await engine.upsert("services", [DOCUMENT])
        assert len(stub.asked("GET", "/tasks/1")) == 3

    async def test_a_canceled_task_is_rejected(self, stub: MeiliStub, engine: MeilisearchEngine) -> None:
        stub.on("GET", "/tasks/1", task("canceled"))
        with pytest.raises(EngineRejected, match="canceled"):
            await engine.upsert("services", [DOCUMENT])

    async def test_a_task_that_takes_too_long_is_unavailable(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("GET", "/tasks/1", task("processing"))
        with pytest.raises(EngineUnavailable, match="did not finish task 1"):
            await engine.upsert("services", [DOCUMENT])


class TestRebuild:
    async def test_a_failed_swap_removes_the_shadow_and_notes_nothing(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("POST", "/swap-indexes", accepted(9))
        stub.on("GET", "/tasks/9", task("failed", code="index_already_exists", message="exists"))
        with pytest.raises(EngineRejected, match="exists"):
            await engine.rebuild("services", documents(), stamp="x")
        (created,) = stub.asked("POST", "/indexes")
        assert [one.path for one in stub.asked("DELETE", ".*")] == [f"/indexes/{created.body['uid']}"]
        assert stub.asked("POST", "/indexes/meta/documents") == []

    async def test_a_failed_batch_removes_the_shadow_and_leaves_the_live_index(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("POST", "/indexes/.*/documents", accepted(9))
        stub.on("GET", "/tasks/9", task("failed", code="x", message="bad"))
        with pytest.raises(EngineRejected, match="bad"):
            await engine.rebuild("services", documents(), stamp="x")
        assert stub.asked("POST", "/swap-indexes") == []
        assert len(stub.asked("DELETE", ".*__.*")) == 1

    async def test_the_first_build_renames_and_later_ones_swap(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        await engine.rebuild("services", documents(), stamp="x")
        stub.on("GET", "/indexes", Answer({"results": [{"uid": "services-v3"}], "total": 1}))
        await engine.rebuild("services", documents(), stamp="y")
        first, second = (request.body[0] for request in stub.asked("POST", "/swap-indexes"))
        assert first["indexes"][1] == second["indexes"][1] == "services-v3"
        assert (first.get("rename"), second.get("rename")) == (True, None)

    async def test_indexes_of_other_schema_versions_and_abandoned_shadows_are_removed(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        uids = [
            "services-v3",
            "services-v0",
            "services-v3__1600000000-abc",
            "services-v3__99999999999-abc",
            "platforms-v0",
            "meta",
            "others",
        ]
        stub.on("GET", "/indexes", Answer({"results": [{"uid": uid} for uid in uids], "total": len(uids)}))
        await engine.rebuild("services", documents(), stamp="x")
        (created,) = stub.asked("POST", "/indexes")
        removed = {one.path.removeprefix("/indexes/") for one in stub.asked("DELETE", ".*")}
        assert removed == {created.body["uid"], "services-v0", "services-v3__1600000000-abc"}

    async def test_documents_go_in_batches(self, stub: MeiliStub, engine: MeilisearchEngine) -> None:
        await engine.rebuild("services", documents(2300), stamp="x")
        sizes = [len(one.body) for one in stub.asked("POST", "/indexes/services-v3__.*/documents")]
        assert sizes == [1000, 1000, 300]


class TestHealth:
    async def test_a_server_that_is_gone_is_not_available_and_says_why(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        await stub.stop()
        health = await engine.health()
        assert (health.available, health.version, dict(health.stamps)) == (False, None, {})
        assert "cannot be reached" in str(health.detail)

    async def test_an_old_server_is_not_available_and_says_its_version(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("GET", "/version", Answer({"pkgVersion": "1.12.0"}))
        health = await engine.health()
        assert (health.available, health.version) == (False, "1.12.0")

    async def test_the_stamp_of_an_index_that_was_removed_by_hand_is_not_given(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        def noted(request: Recorded) -> Answer:
            return Answer({"results": [{"id": uid, "stamp": uid[0]} for uid in request.body["ids"]]})

        uids = ["meta", "services-v3"]
        stub.on("GET", "/indexes", Answer({"results": [{"uid": uid} for uid in uids], "total": 2}))
        stub.on("POST", "/indexes/meta/documents/fetch", noted)
        assert (await engine.health()).stamps == {"services": "s"}

    async def test_health_is_asked_also_while_the_circuit_is_open(
        self, stub: MeiliStub, engine: MeilisearchEngine
    ) -> None:
        stub.on("POST", "/multi-search", Answer(status=500))
        for _ in range(FAILURES_THAT_OPEN_THE_CIRCUIT):
            with pytest.raises(EngineUnavailable):
                await engine.search(BLANK)
        assert (await engine.health()).available


async def test_answers_are_never_asked_for_compressed(stub: MeiliStub, engine: MeilisearchEngine) -> None:
    await engine.search(SearchRequest("services", "盐雾"))
    await engine.upsert("services", [DOCUMENT])
    hot = [request for request in stub.requests if request.path != "/version"]
    assert {request.headers["accept-encoding"] for request in hot} == {"identity"}
    assert {request.headers["authorization"] for request in stub.requests} == {"Bearer key"}


def test_the_circuit_closes_again_with_time_and_a_success_forgets_the_failures() -> None:
    now = 100.0
    circuit = CircuitBreaker(clock=lambda: now)
    for _ in range(FAILURES_THAT_OPEN_THE_CIRCUIT - 1):
        circuit.failed()
    circuit.check()
    circuit.succeeded()
    circuit.failed()
    circuit.check()
    for _ in range(FAILURES_THAT_OPEN_THE_CIRCUIT):
        circuit.failed()
    with pytest.raises(EngineUnavailable):
        circuit.check()
    now += CIRCUIT_OPEN_SECONDS
    circuit.check()


async def test_many_searches_share_the_connections(stub: MeiliStub, engine: MeilisearchEngine) -> None:
    pages = await asyncio.gather(*(engine.search(BLANK) for _ in range(50)))
    assert len(pages) == 50
