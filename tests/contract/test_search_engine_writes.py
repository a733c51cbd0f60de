"""One suite for every search engine: what `search.port` promises to those who write."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from search.port import Document, Eq, IndexNotReady, SearchEngine
from tests.contract.search_documents import stream
from tests.contract.search_engines import ALL, DOCUMENTS, ENGINES, engine_of, found_ids, ids_of


@pytest_asyncio.fixture(params=ENGINES)
async def fresh(request: pytest.FixtureRequest) -> AsyncIterator[SearchEngine]:
    """An engine without any index."""
    async for made in engine_of(request.param):
        yield made


async def test_before_the_first_rebuild_the_index_is_not_ready(fresh: SearchEngine) -> None:
    for attempt in (
        fresh.search(ALL),
        fresh.candidates("services", "动力电池", limit=5),
        fresh.upsert("services", DOCUMENTS[:1]),
        fresh.delete("services", ["x"]),
    ):
        with pytest.raises(IndexNotReady):
            await attempt
    health = await fresh.health()
    assert health.available
    assert health.stamps == {}


async def test_a_rebuild_says_how_many_documents_it_holds_and_keeps_the_stamp(fresh: SearchEngine) -> None:
    assert await fresh.rebuild("services", stream(DOCUMENTS[:30]), stamp="状态 1") == 30
    assert await fresh.rebuild("platforms", stream([]), stamp="other") == 0
    assert (await fresh.health()).stamps == {"services": "状态 1", "platforms": "other"}
    assert await fresh.rebuild("services", stream(DOCUMENTS[:10]), stamp="状态 2") == 10
    assert (await fresh.health()).stamps == {"services": "状态 2", "platforms": "other"}
    assert sorted(await found_ids(fresh, ALL)) == ids_of(DOCUMENTS[:10])


async def test_the_stamp_can_be_replaced_and_the_documents_stay(fresh: SearchEngine) -> None:
    with pytest.raises(IndexNotReady):
        await fresh.restamp("services", "1")
    await fresh.rebuild("services", stream(DOCUMENTS[:5]), stamp="1")
    await fresh.rebuild("platforms", stream([]), stamp="1")
    await fresh.upsert("services", DOCUMENTS[5:7])
    await fresh.restamp("services", "2")
    assert (await fresh.health()).stamps == {"services": "2", "platforms": "1"}
    assert sorted(await found_ids(fresh, ALL)) == ids_of(DOCUMENTS[:7])
    await fresh.delete("services", [DOCUMENTS[0]["id"]])
    assert sorted(await found_ids(fresh, ALL)) == ids_of(DOCUMENTS[1:7])


async def test_an_upserted_document_is_found_and_replaces_the_old_one(fresh: SearchEngine) -> None:
    await fresh.rebuild("services", stream(DOCUMENTS), stamp="x")
    old = DOCUMENTS[0]
    await fresh.upsert(
        "services", [{**old, "city": "339999", "texts": {"title": "鲸鱼观测"}, "payload": {"now": 1}}]
    )
    page = await fresh.search(replace(ALL, text="鲸鱼"))
    assert [(hit.id, hit.document) for hit in page.hits] == [(old["id"], {"now": 1})]
    assert await found_ids(fresh, replace(ALL, filters={"c": Eq("city", "339999")})) == [old["id"]]
    assert (await fresh.search(ALL)).total == len(DOCUMENTS)


async def test_of_two_documents_with_one_id_the_last_stays(fresh: SearchEngine) -> None:
    twice = [{"id": "a", "payload": {"n": 1}, "texts": {}}, {"id": "a", "payload": {"n": 2}, "texts": {}}]
    assert await fresh.rebuild("services", stream(twice), stamp="x") == 1
    assert [hit.document for hit in (await fresh.search(ALL)).hits] == [{"n": 2}]
    await fresh.upsert("services", [*reversed(twice)])
    assert [hit.document for hit in (await fresh.search(ALL)).hits] == [{"n": 1}]


async def test_deleted_documents_are_gone_and_absent_ones_do_not_matter(fresh: SearchEngine) -> None:
    await fresh.rebuild("services", stream(DOCUMENTS[:5]), stamp="x")
    await fresh.delete("services", [DOCUMENTS[0]["id"], "absent"])
    await fresh.delete("services", [])
    assert sorted(await found_ids(fresh, ALL)) == ids_of(DOCUMENTS[1:5])


async def test_empty_upserts_are_fine(fresh: SearchEngine) -> None:
    await fresh.rebuild("services", stream(DOCUMENTS[:5]), stamp="x")
    await fresh.upsert("services", [])
    assert (await fresh.search(ALL)).total == 5


async def test_searches_during_a_rebuild_see_the_old_or_the_new_index(fresh: SearchEngine) -> None:
    await fresh.rebuild("services", stream(DOCUMENTS[:40]), stamp="old")

    async def slowly() -> AsyncIterator[Document]:
        for document in DOCUMENTS[40:150]:
            yield document
            await asyncio.sleep(0.002)

    rebuild = asyncio.create_task(fresh.rebuild("services", slowly(), stamp="new"))
    totals = []
    while not rebuild.done():
        totals.append((await fresh.search(ALL)).total)
    assert await rebuild == 110
    assert totals[0] == 40
    assert set(totals) <= {40, 110}
    assert (await fresh.search(ALL)).total == 110


async def test_a_rebuild_that_fails_leaves_the_live_index(fresh: SearchEngine) -> None:
    await fresh.rebuild("services", stream(DOCUMENTS[:40]), stamp="old")

    async def broken() -> AsyncIterator[Document]:
        yield DOCUMENTS[50]
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        await fresh.rebuild("services", broken(), stamp="new")
    assert (await fresh.health()).stamps == {"services": "old"}
    await fresh.upsert("services", [DOCUMENTS[60]])
    assert (await fresh.search(ALL)).total == 41


async def test_writes_at_the_same_time_all_arrive(fresh: SearchEngine) -> None:
    await fresh.rebuild("services", stream([]), stamp="x")
    await asyncio.gather(*(fresh.upsert("services", [document]) for document in DOCUMENTS[:8]))
    assert sorted(await found_ids(fresh, ALL)) == ids_of(DOCUMENTS[:8])
