"""The search engine on a Meilisearch server (1.25 or newer).

The server does exact sets, facets, field and distance orders; words and relevance are ours (`meilisearch_documents`
says how). The key needs `search`, `documents.*`, `indexes.*`, `settings.*`, `tasks.get`, `stats.get` and `version`;
a process that only searches needs `search`, `documents.get` and `version`.
"""

import asyncio
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.meilisearch_admin import MeilisearchAdmin
from search.meilisearch_client import MeilisearchClient
from search.meilisearch_counts import Counts
from search.meilisearch_documents import frequencies_in, originals_in
from search.meilisearch_filters import any_of, expression, original_id
from search.meilisearch_impact import Lengths
from search.meilisearch_indexing import MeilisearchWriter
from search.meilisearch_meta import MeilisearchMeta
from search.meilisearch_questions import Question, check_facets, hit, holding, holding_all, holding_any, order
from search.meilisearch_relevance import (
    MOST_SCORED,
    PROBED_OF_A_LONG_TEXT,
    PROBED_OF_A_QUERY,
    Statistics,
    bounded,
    growing_sets,
    most_telling,
    relevance,
    weigh,
    worth_scoring,
)
from search.port import (
    Candidate,
    Document,
    EngineRejected,
    Health,
    Hit,
    SearchError,
    SearchPage,
    SearchRequest,
    TextReader,
)
from search.schema import SCHEMAS, IndexSchema
from search.text import ENOUGH, TextLayer, TextQuery


@dataclass(frozen=True)
class _Ranking:
    """The hits of a question by relevance: (stored id, score) of the first ones, and what comes after them.

    When the question has more hits than are scored, `within` is the expression of the set that the scored
    ones are the first of (by id). After them come the rest of that set and then all other hits, by id.
    """

    first: Sequence[tuple[str, float]]
    within: str | None
    results: Sequence[Mapping[str, Any]]


class MeilisearchEngine:
    name = "meilisearch"

    def __init__(
        self,
        url: str,
        key: str | None,
        layer: TextLayer,
        *,
        prefix: str = "",
        schemas: Mapping[str, IndexSchema] = SCHEMAS,
        timeout_seconds: float = 5.0,
        task_timeout_seconds: float = 120.0,
    ) -> None:
        self._layer = layer
        self._schemas = schemas
        self._client = MeilisearchClient(
            url, key, timeout_seconds=timeout_seconds, task_timeout_seconds=task_timeout_seconds
        )
        self._admin = MeilisearchAdmin(url, key, self._client)
        self._meta = MeilisearchMeta(self._client, self._admin, prefix)
        self._writer = MeilisearchWriter(self._client, self._admin, self._meta, layer, prefix)
        self._counts = Counts(self._client, self._meta)
        self._version_is_supported = False

    @property
    def reader(self) -> TextReader:
        return self._layer

    async def search(self, request: SearchRequest) -> SearchPage:
        schema = self._schema(request.index)
        filters = {name: expression(clause, schema) for name, clause in request.filters.items()}
        sorting = order(request.sort, schema)
        check_facets(request.facets, schema)
        await self._require_version()
        query = self._layer.query(request.text)
        question = await self._question(schema, query, filters, request.facets)
        if request.sort is None and not query.is_blank and request.limit > 0:
            statistics = await self._counts.statistics(question.uid, [token for token, _ in query.scored])
            ranking = await self._rank(
                question, weigh(query.scored, statistics), statistics, PROBED_OF_A_QUERY
            )
            hits = await self._ranked_hits(question, ranking, request.offset, request.limit)
            return await self._page(question, ranking.results, hits)
        page = question.first_query(
            sort=sorting, offset=request.offset, limit=request.limit, attributesToRetrieve=["id", "payload"]
        )
        results = await self._multi_search([page, *question.facet_queries()])
        return await self._page(question, results, [hit(found, 0.0) for found in results[0]["hits"]])

    async def candidates(self, index: str, text: str, *, limit: int) -> Sequence[Candidate]:
        schema = self._schema(index)
        await self._require_version()
        query = await asyncio.to_thread(self._layer.long_query, text)
        uid = self._writer.live(schema)
        statistics = await self._counts.statistics(uid, [token for token, _ in query.scored])
        weights = most_telling(weigh(query.scored, statistics))
        if not weights or limit < 1:
            return []
        question = Question(uid, schema, {}, (), holding(list(weights)), "any")
        ranking = await self._rank(question, weights, statistics, PROBED_OF_A_LONG_TEXT)
        return [Candidate(original_id(stored), bounded(score)) for stored, score in ranking.first[:limit]]

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        schema = self._schema(index)
        await self._require_version()
        await self._writer.upsert(schema, documents)
        self._counts.forget(self._writer.live(schema))

    async def delete(self, index: str, ids: Sequence[str]) -> None:
        schema = self._schema(index)
        await self._require_version()
        await self._writer.delete(schema, ids)
        self._counts.forget(self._writer.live(schema))

    async def rebuild(self, index: str, documents: AsyncIterable[Document], *, stamp: str) -> int:
        schema = self._schema(index)
        await self._require_version()
        held = await self._writer.rebuild(schema, documents, stamp)
        self._counts.forget(self._writer.live(schema))
        return held

    async def restamp(self, index: str, stamp: str) -> None:
        schema = self._schema(index)
        await self._require_version()
        await self._meta.restamp(self._writer.live(schema), stamp)

    async def health(self) -> Health:
        """Say how the server is; never raises a SearchError."""
        version = None
        try:
            version = await self._admin.version()
            await self._require_version()
            uids = {self._writer.live(schema): name for name, schema in self._schemas.items()}
            stamps = {uids[uid]: stamp for uid, stamp in (await self._meta.stamps(list(uids))).items()}
        except SearchError as error:
            return Health(self.name, available=False, version=version, stamps={}, detail=str(error))
        return Health(self.name, available=True, version=version, stamps=stamps)

    async def close(self) -> None:
        await self._client.close()

    def _schema(self, index: str) -> IndexSchema:
        try:
            return self._schemas[index]
        except KeyError:
            raise EngineRejected(f"there is no index {index!r}") from None

    async def _require_version(self) -> None:
        if not self._version_is_supported:
            await self._admin.require_supported_version()
            self._version_is_supported = True

    async def _question(
        self, schema: IndexSchema, query: TextQuery, filters: Mapping[str, str], facets: tuple[str, ...]
    ) -> Question:
        uid = self._writer.live(schema)
        every = holding_all(query)
        if query.is_blank or (await self._counts.of(uid, [every]))[every] >= ENOUGH:
            return Question(uid, schema, filters, facets, every, "all")
        return Question(uid, schema, filters, facets, holding_any(query), "any")

    async def _page(
        self, question: Question, results: Sequence[Mapping[str, Any]], hits: Sequence[Hit]
    ) -> SearchPage:
        originals: dict[str, str] = {}
        if queries := question.digest_queries(results):
            for result in await self._multi_search(queries):
                for found in result["hits"]:
                    originals |= originals_in(found)
        return question.page(results, hits, originals)

    async def _rank(
        self, question: Question, weights: Mapping[str, float], statistics: Statistics, probed: int
    ) -> _Ranking:
        scoring = {"limit": MOST_SCORED, "attributesToRetrieve": ["id", "lengths", "frequencies"]}
        are_few = (await self._counts.of(question.uid, [question.text]))[question.text] <= MOST_SCORED
        first = question.first_query(**(scoring if are_few else {"limit": 0}))
        results = await self._multi_search([first, *question.facet_queries()])
        hits = results[0]["hits"]
        within = None
        if not are_few:
            if weights and results[0]["estimatedTotalHits"] > MOST_SCORED:
                within = await self._worth_scoring(question, growing_sets(weights, probed))
            query = question.hits(within=[within] if within else []) | scoring
            hits = (await self._multi_search([query]))[0]["hits"]
        scores = await asyncio.to_thread(_scores, hits, weights, statistics.average_lengths)
        return _Ranking(scores, within, results)

    async def _worth_scoring(self, question: Question, sets: Sequence[str]) -> str:
        """Return the expression for the hits of a broad question that are worth scoring."""
        counts = await self._counts.now(question.uid, sets, within=question.hits()["filter"])
        return worth_scoring(sets, counts)

    async def _ranked_hits(
        self, question: Question, ranking: _Ranking, offset: int, limit: int
    ) -> Sequence[Hit]:
        chosen = list(ranking.first[offset : offset + limit])
        if ranking.within and len(chosen) < limit:
            skipped = max(offset - len(ranking.first), 0)
            chosen += await self._after_ranked(question, ranking, skipped, limit - len(chosen))
        if not chosen:
            return []
        ids = [stored for stored, _ in chosen]
        query = {"indexUid": question.uid, "filter": any_of("id", ids), "limit": len(ids)}
        (answer,) = await self._multi_search([query | {"attributesToRetrieve": ["id", "payload"]}])
        found = {document["id"]: document for document in answer["hits"]}
        return [hit(found[stored], bounded(score)) for stored, score in chosen if stored in found]

    async def _after_ranked(
        self, question: Question, ranking: _Ranking, skipped: int, limit: int
    ) -> list[tuple[str, float]]:
        """Return hits that were not scored, `skipped` after the last one that was."""
        same_set = question.hits(within=[str(ranking.within)])
        others = question.hits(within=[f"NOT ({ranking.within})"])
        size = (await self._multi_search([same_set | {"limit": 0}]))[0]["estimatedTotalHits"]
        more = {"limit": limit, "attributesToRetrieve": ["id"]}
        results = await self._multi_search(
            [
                same_set | more | {"offset": len(ranking.first) + skipped},
                others | more | {"offset": max(len(ranking.first) + skipped - size, 0)},
            ]
        )
        return [(found["id"], 0.0) for result in results for found in result["hits"]][:limit]

    async def _multi_search(self, queries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        answer = await self._client.request("POST", "/multi-search", {"queries": list(queries)})
        results: list[dict[str, Any]] = answer["results"]
        return results


def _scores(
    hits: Sequence[Mapping[str, Any]], weights: Mapping[str, float], average: Lengths
) -> list[tuple[str, float]]:
    """Return (stored id, score), best first, ties by id."""
    tokens = frozenset(weights)
    scores = [
        (found["id"], relevance(frequencies_in(found, tokens), found["lengths"], weights, average))
        for found in hits
    ]
    return sorted(scores, key=lambda entry: (-entry[1], entry[0]))
