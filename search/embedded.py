"""The embedded engine: tantivy in this process, on disk or in memory. The default.

Searches run in a small pool of threads on a snapshot, so a rebuild or a write never disturbs them.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import tantivy
from tantivy import DocAddress, Occur, Query

from search.embedded_documents import TextAnalysis, keyword_field, order_field, tantivy_document, token_field
from search.embedded_queries import (
    Floats,
    all_concepts_query,
    any_token_query,
    distances_m,
    every,
    filters_query,
    scored_query,
)
from search.embedded_store import Snapshot, Store
from search.port import (
    Candidate,
    Document,
    EngineRejected,
    EngineUnavailable,
    FacetCount,
    Health,
    Hit,
    IndexNotReady,
    SearchError,
    SearchPage,
    SearchRequest,
    SortBy,
    SortByDistance,
    TextReader,
)
from search.schema import SCHEMAS, IndexSchema
from search.text import ENOUGH, TextQuery

Result = TypeVar("Result")

_HALF_SCORE = 10.0
"""The BM25 score that is shown as 0.5."""

_FACET_VALUES = 10_000
_BATCH = 500
_LONG_TERMS = 40
_THREADS = 4


class EmbeddedEngine:
    """Search with tantivy under `folder`; in memory when it is None.

    `schemas` and `analysis` are given at once for all indexes; an index is there after its first `rebuild`.
    """

    name = "embedded"

    def __init__(
        self,
        analysis: TextAnalysis,
        folder: Path | None = None,
        schemas: Mapping[str, IndexSchema] = SCHEMAS,
    ) -> None:
        self._analysis = analysis
        self._schemas = schemas
        self._stores = {
            name: Store(schema, folder / name if folder else None) for name, schema in schemas.items()
        }
        self._locks = {name: asyncio.Lock() for name in schemas}
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")

    @property
    def reader(self) -> TextReader:
        return self._analysis

    async def search(self, request: SearchRequest) -> SearchPage:
        store = self._store(request.index)
        return await self._run(lambda: _search(store.snapshot(), self._analysis, request))

    async def candidates(self, index: str, text: str, *, limit: int) -> Sequence[Candidate]:
        store = self._store(index)
        return await self._run(lambda: _candidates(store.snapshot(), self._analysis.long_query(text), limit))

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        store, schema = self._store(index), self._schemas[index]

        def write() -> None:
            made = [tantivy_document(schema, self._analysis, document) for document in documents]
            latest = {_id(document): document for document in made}
            with store.writer() as writer:
                for doc_id, document in latest.items():
                    writer.delete_documents_by_term("id", doc_id)
                    writer.add_document(document)

        async with self._locks[index]:
            await self._run(write)

    async def delete(self, index: str, ids: Sequence[str]) -> None:
        store = self._store(index)

        def write() -> None:
            with store.writer() as writer:
                for doc_id in ids:
                    writer.delete_documents_by_term("id", doc_id)

        async with self._locks[index]:
            await self._run(write)

    async def rebuild(self, index: str, documents: AsyncIterable[Document], *, stamp: str) -> int:
        store, schema = self._store(index), self._schemas[index]
        async with self._locks[index]:
            build = await self._run(store.begin)
            try:
                count = await self._fill(schema, build.writer, documents)
                await self._run(lambda: store.publish(build, stamp, count))
            except BaseException:
                await self._run(lambda: store.abandon(build))
                raise
        return count

    async def restamp(self, index: str, stamp: str) -> None:
        store = self._store(index)
        async with self._locks[index]:
            await self._run(lambda: store.restamp(stamp))

    async def health(self) -> Health:
        stamps = {}
        for name, store in self._stores.items():
            try:
                stamps[name] = (await self._run(store.generation)).stamp
            except IndexNotReady:
                continue
        return Health(self.name, available=True, version=version("tantivy"), stamps=stamps)

    async def close(self) -> None:
        for store in self._stores.values():
            store.close()
        self._pool.shutdown(wait=True)

    async def _fill(
        self, schema: IndexSchema, writer: tantivy.IndexWriter, documents: AsyncIterable[Document]
    ) -> int:
        batch: list[Document] = []
        seen: set[str] = set()

        def write(ready: Sequence[Document]) -> None:
            for document in ready:
                made = tantivy_document(schema, self._analysis, document)
                doc_id = _id(made)
                if doc_id in seen:
                    writer.delete_documents_by_term("id", doc_id)
                seen.add(doc_id)
                writer.add_document(made)

        async for document in documents:
            batch.append(document)
            if len(batch) >= _BATCH:
                await self._run(partial(write, batch))
                batch = []
        await self._run(partial(write, batch))
        return len(seen)

    def _store(self, index: str) -> Store:
        try:
            return self._stores[index]
        except KeyError:
            raise EngineRejected(f"there is no index {index}") from None

    async def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except SearchError:
            raise
        except (ValueError, OSError, RuntimeError) as error:
            raise EngineUnavailable(f"the embedded engine failed: {error}") from error


def _search(snapshot: Snapshot, analysis: TextAnalysis, request: SearchRequest) -> SearchPage:
    text = analysis.query(request.text)
    matching = _matching(snapshot, text)
    wanted = None if text.is_blank else _set_query(snapshot, text, matching)
    chosen = filters_query(snapshot, request.filters)
    query = every(part for part in (wanted, chosen) if part)
    ranked = query
    if wanted and request.sort is None and request.limit:
        ranked = Query.boolean_query(
            [(Occur.Must, query), (Occur.Should, scored_query(snapshot, text.scored))]
        )
    hits, total = _hits(snapshot, ranked, request, by_id=text.is_blank)
    facets = _facets(snapshot, wanted, request)
    return SearchPage(hits, total, total_is_capped=False, facets=facets, matching=matching)


def _matching(snapshot: Snapshot, text: TextQuery) -> Literal["all", "any"]:
    """Say how a text matches: by what the whole index holds, so that a filter only ever takes hits away."""
    if text.is_blank:
        return "all"
    if not text.concepts:
        return "any"
    holding = _count(snapshot, all_concepts_query(snapshot, text.concepts))
    return "all" if holding >= ENOUGH else "any"


def _set_query(snapshot: Snapshot, text: TextQuery, matching: Literal["all", "any"]) -> Query:
    if matching == "all":
        return all_concepts_query(snapshot, text.concepts)
    return any_token_query(snapshot, text)


def _hits(snapshot: Snapshot, query: Query, request: SearchRequest, *, by_id: bool) -> tuple[list[Hit], int]:
    searcher = snapshot.searcher
    if not request.limit:
        return [], _count(snapshot, query)
    if isinstance(request.sort, SortByDistance):
        return _hits_by_distance(snapshot, query, request, request.sort)
    order = _order(snapshot, request.sort) if request.sort else "id" if by_id else None
    found = searcher.search(
        query,
        limit=request.limit,
        offset=request.offset,
        order_by_field=order,
        order=tantivy.Order.Desc if order is None else tantivy.Order.Asc,
    )
    scores = [0.0 if order else score / (score + _HALF_SCORE) for score, _ in found.hits]
    hits = [_hit(searcher, address, score) for (_, address), score in zip(found.hits, scores, strict=True)]
    return hits, _total(found)


def _count(snapshot: Snapshot, query: Query) -> int:
    return _total(snapshot.searcher.search(query, limit=1))


def _total(found: Any) -> int:
    """Return how many documents match; the type stubs of tantivy leave `count` out."""
    return int(found.count)


def _order(snapshot: Snapshot, sort: SortBy) -> str:
    if sort.field not in {known.name for known in snapshot.schema.sorts}:
        raise EngineRejected(f"{sort.field} is not a sort field of the index {snapshot.schema.name}")
    return order_field(sort.field, descending=sort.descending)


def _hits_by_distance(
    snapshot: Snapshot, query: Query, request: SearchRequest, sort: SortByDistance
) -> tuple[list[Hit], int]:
    searcher = snapshot.searcher
    found = searcher.search(query, limit=max(1, searcher.num_docs))
    addresses = [address for _, address in found.hits]
    last = request.offset + request.limit
    if request.offset >= len(addresses):
        return [], _total(found)
    distances = _distances(searcher, addresses, sort)
    nearest = np.arange(len(addresses))
    if last < len(addresses):
        nearest = np.flatnonzero(distances <= np.partition(distances, last - 1)[last - 1])
    hits = [(float(distances[at]), _hit(searcher, addresses[at], 0.0)) for at in nearest]
    hits.sort(key=lambda pair: (pair[0], pair[1].id))
    return [hit for _, hit in hits[request.offset : last]], _total(found)


def _distances(searcher: tantivy.Searcher, addresses: list[DocAddress], sort: SortByDistance) -> Floats:
    """Return metres, negative for a descending order; infinite for documents without a position."""
    lats = np.array(searcher.fast_field_values("lat", addresses), dtype=np.float64)
    lons = np.array(searcher.fast_field_values("lon", addresses), dtype=np.float64)
    metres = distances_m(sort.lat, sort.lon, lats, lons)
    ordered: Floats = np.nan_to_num(
        -metres if sort.descending else metres, nan=np.inf, posinf=np.inf, neginf=-np.inf
    )
    return ordered


def _id(document: tantivy.Document) -> str:
    return str(document.get_first("id"))


def _hit(searcher: tantivy.Searcher, address: DocAddress, score: float) -> Hit:
    document = searcher.doc(address)
    payload = document.get_first("payload")
    return Hit(id=_id(document), score=score, document=json.loads(payload or b"{}"))


def _facets(snapshot: Snapshot, wanted: Query | None, request: SearchRequest) -> dict[str, list[FacetCount]]:
    """Count facet values, one aggregation for all facets without a filter of their own and one for each with."""
    unknown = [name for name in request.facets if name not in snapshot.schema.keywords]
    if unknown:
        raise EngineRejected(f"{unknown[0]} is not a facet of the index {snapshot.schema.name}")
    shared = [name for name in request.facets if name not in request.filters]
    groups = [shared] if shared else []
    groups += [[name] for name in request.facets if name in request.filters]
    counts: dict[str, list[FacetCount]] = {}
    for names in groups:
        chosen = filters_query(snapshot, request.filters, without=names[0])
        query = every(part for part in (wanted, chosen) if part)
        counts |= _count_values(snapshot, query, names)
    return {name: counts[name] for name in request.facets}


def _count_values(snapshot: Snapshot, query: Query, names: Sequence[str]) -> dict[str, list[FacetCount]]:
    asked = {name: {"terms": {"field": keyword_field(name), "size": _FACET_VALUES}} for name in names}
    answer = snapshot.searcher.aggregate(query, asked)
    counts = {
        name: [FacetCount(bucket["key"], bucket["doc_count"]) for bucket in answer[name]["buckets"]]
        for name in names
    }
    return {name: sorted(found, key=lambda one: (-one.count, one.value)) for name, found in counts.items()}


def _candidates(snapshot: Snapshot, text: TextQuery, limit: int) -> list[Candidate]:
    """Find documents by the tokens that tell most: weight in the text times rarity in the index."""
    if limit < 1:
        return []
    searcher = snapshot.searcher
    documents = searcher.num_docs
    telling = []
    for token, weight in text.scored:
        frequency = searcher.doc_freq(token_field(token), token)
        if frequency:
            rarity = math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
            telling.append((weight * rarity, token, weight))
    chosen = sorted(telling, reverse=True)[:_LONG_TERMS]
    if not chosen:
        return []
    query = scored_query(snapshot, [(token, weight) for _, token, weight in chosen])
    found = searcher.search(query, limit=limit, count=False)
    hits = [_hit(searcher, address, score / (score + _HALF_SCORE)) for score, address in found.hits]
    return [Candidate(hit.id, hit.score) for hit in hits]
