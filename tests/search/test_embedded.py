"""What is the embedded engine's own: its folders. Everything else is in tests/contract."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from search.baseline import PlainWords
from search.embedded import EmbeddedEngine
from search.embedded_store import Store
from search.factory import make_engine
from search.port import Document, EngineRejected, EngineUnavailable, IndexNotReady, SearchRequest
from search.schema import SCHEMAS, SERVICES
from search.text import TextLayer

LAYER = TextLayer()
ALL = SearchRequest("services", limit=100)


def _document(number: int, title: str = "动力电池过充") -> Document:
    return {"id": f"d{number}", "payload": {"n": number}, "texts": {"title": title}, "city": "330100"}


async def _stream(*found: Document) -> AsyncIterator[Document]:
    for document in found:
        yield document


async def _total(engine: EmbeddedEngine, text: str = "") -> int:
    return (await engine.search(replace(ALL, text=text))).total


async def test_an_index_on_disk_is_there_after_a_restart(tmp_path: Path) -> None:
    engine = EmbeddedEngine(LAYER, tmp_path)
    await engine.rebuild("services", _stream(_document(1)), stamp="状态")
    await engine.upsert("services", [_document(2)])
    await engine.close()
    again = EmbeddedEngine(LAYER, tmp_path)
    assert await _total(again) == 2
    assert (await again.health()).stamps == {"services": "状态"}
    await again.close()


async def test_a_second_engine_on_the_folder_sees_every_write(tmp_path: Path) -> None:
    writing, reading = EmbeddedEngine(LAYER, tmp_path), EmbeddedEngine(LAYER, tmp_path)
    await writing.rebuild("services", _stream(_document(1)), stamp="a")
    assert await _total(reading) == 1
    await writing.upsert("services", [_document(2)])
    assert await _total(reading) == 2
    await reading.delete("services", ["d1"])
    assert await _total(writing) == 1
    await writing.rebuild("services", _stream(*(_document(n) for n in range(5))), stamp="b")
    assert await _total(reading) == 5
    await reading.upsert("services", [_document(9)])
    assert await _total(writing) == 6
    await writing.close()
    await reading.close()


async def test_only_the_live_generation_stays_on_disk(tmp_path: Path) -> None:
    engine = EmbeddedEngine(LAYER, tmp_path)
    for stamp in ("a", "b"):
        await engine.rebuild("services", _stream(_document(1)), stamp=stamp)
    with pytest.raises(EngineRejected):
        await engine.rebuild("services", _stream(_document(1), {"payload": {}}), stamp="c")
    folders = [path.name for path in (tmp_path / "services").iterdir() if path.is_dir()]
    live = json.loads((tmp_path / "services" / "current.json").read_text())
    assert folders == [live["name"]]
    assert live["stamp"] == "b"
    assert list((tmp_path / "services").glob("*.json")) == [tmp_path / "services" / "current.json"]
    await engine.close()


async def test_an_index_of_another_schema_version_is_not_ready(tmp_path: Path) -> None:
    old = EmbeddedEngine(LAYER, tmp_path, {"services": replace(SERVICES, version=SERVICES.version - 1)})
    await old.rebuild("services", _stream(_document(1)), stamp="old")
    await old.close()
    engine = EmbeddedEngine(LAYER, tmp_path)
    with pytest.raises(IndexNotReady, match="schema version"):
        await engine.search(ALL)
    assert (await engine.health()).stamps == {}
    assert await engine.rebuild("services", _stream(_document(1), _document(2)), stamp="new") == 2
    assert await _total(engine) == 2
    await engine.close()


@pytest.mark.parametrize("damage", ["pointer", "folder"])
async def test_a_damaged_index_is_not_ready_and_can_be_rebuilt(tmp_path: Path, damage: str) -> None:
    engine = EmbeddedEngine(LAYER, tmp_path)
    await engine.rebuild("services", _stream(_document(1)), stamp="a")
    await engine.close()
    pointer = tmp_path / "services" / "current.json"
    if damage == "pointer":
        pointer.write_text("{")
    else:
        folder = tmp_path / "services" / json.loads(pointer.read_text())["name"]
        (folder / "meta.json").unlink()
    again = EmbeddedEngine(LAYER, tmp_path)
    with pytest.raises(IndexNotReady):
        await again.search(ALL)
    await again.rebuild("services", _stream(_document(1)), stamp="b")
    assert await _total(again) == 1
    await again.close()


def test_a_writer_elsewhere_makes_this_one_wait_and_then_give_up(tmp_path: Path) -> None:
    first = Store(SCHEMAS["services"], tmp_path / "services")
    first.publish(first.begin(), "a", 0)
    second = Store(SCHEMAS["services"], tmp_path / "services", busy_seconds=0.1)
    with first.writer(), pytest.raises(EngineUnavailable) as caught, second.writer():
        pass
    assert caught.value.retry_after is not None
    with second.writer():
        pass


@pytest.mark.parametrize("restarted", [True, False])
async def test_a_death_before_the_commit_is_in_place_does_not_stop_the_next_write(
    tmp_path: Path, restarted: bool
) -> None:
    living = EmbeddedEngine(LAYER, tmp_path)
    await living.rebuild("services", _stream(*(_document(n) for n in range(5))), stamp="a")
    dying = EmbeddedEngine(LAYER, tmp_path)
    [meta] = (tmp_path / "services").glob("*/meta.json")
    before = meta.read_bytes()
    await dying.upsert("services", [_document(1, "盐雾")])
    meta.write_bytes(before)  # every file was written but the last, which makes them count
    await dying.close()
    engine = EmbeddedEngine(LAYER, tmp_path) if restarted else living
    await engine.upsert("services", [_document(1, "振动")])
    assert await _total(engine) == 5
    assert (await _total(engine, "振动"), await _total(engine, "盐雾")) == (1, 0)
    left = {file.name for file in meta.parent.iterdir()}
    managed = set(json.loads((meta.parent / ".managed.json").read_text()))
    assert {name for name in left if not name.startswith(".")} <= managed
    await engine.close()
    await living.close()


async def test_a_document_that_does_not_fit_is_rejected_and_changes_nothing(tmp_path: Path) -> None:
    engine = EmbeddedEngine(LAYER, tmp_path)
    await engine.rebuild("services", _stream(_document(1)), stamp="a")
    with pytest.raises(EngineRejected, match="d2"):
        await engine.upsert("services", [_document(3), {**_document(2), "price_min_cny": "cheap"}])
    assert await _total(engine) == 1
    await engine.close()


async def test_the_plain_yardstick_answers_through_the_same_engine() -> None:
    engine = EmbeddedEngine(PlainWords())
    await engine.rebuild("services", _stream(_document(1), _document(2, "盐雾 Salt")), stamp="a")
    assert await _total(engine, "动力电池") == 1
    assert await _total(engine, "SALT") == 1
    assert await _total(engine, "dianchi") == 0
    assert [found.id for found in await engine.candidates("services", "盐雾", limit=5)] == ["d2"]
    await engine.close()


async def test_the_factory_makes_the_engine_that_is_asked_for(tmp_path: Path) -> None:
    embedded = make_engine("embedded", LAYER, folder=tmp_path)
    server = make_engine("meilisearch", LAYER, meili_url="http://127.0.0.1:1", index_prefix="x")
    assert (embedded.name, server.name) == ("embedded", "meilisearch")
    await embedded.close()
    await server.close()
    with pytest.raises(ValueError, match="solr"):
        make_engine("solr", LAYER)
