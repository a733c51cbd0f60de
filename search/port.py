"""What the application asks of a search engine, whichever it is.

An engine keeps documents of the shapes in `search.schema` and answers `SearchRequest`s. Which documents
are hits, how many, their facet counts and every order but relevance are defined here and in `search.text`,
not by the engine; the contract suite in `tests/contract` runs the same cases on every engine.
Relevance scores lie in [0, 1] and only order the hits of one answer.
"""

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from search.text import TextQuery, Word

Scalar = str | int | float | bool
Document = Mapping[str, Any]


class SearchError(Exception):
    """Anything an engine can fail with."""


class EngineUnavailable(SearchError):
    """The engine cannot be reached, is overloaded or timed out; `retry_after` is in seconds when it said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class IndexNotReady(SearchError):
    """The index does not exist yet, or was built for another schema version: rebuild it."""


class EngineRejected(SearchError):
    """The engine refused a request, or accepted a write whose task failed later."""


@dataclass(frozen=True)
class Eq:
    """The field (or one of its values) equals `value`."""

    field: str
    value: Scalar


@dataclass(frozen=True)
class In:
    """The field (or one of its values) equals one of `values`; no values match nothing."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Between:
    """A number field lies in [low, high]; None leaves an end open. A document without the field never matches."""

    field: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Exists:
    field: str


@dataclass(frozen=True)
class GeoRadius:
    """The document's `lat`, `lon` lie within `radius_m` metres (great circle) of the point."""

    lat: float
    lon: float
    radius_m: float


@dataclass(frozen=True)
class Not:
    clause: "Filter"


@dataclass(frozen=True)
class And:
    clauses: tuple["Filter", ...]


@dataclass(frozen=True)
class Or:
    clauses: tuple["Filter", ...]


Filter = Eq | In | Between | Exists | GeoRadius | Not | And | Or


@dataclass(frozen=True)
class SortBy:
    """Order by a sortable field. Documents without the field come last in both directions; ties go by id."""

    field: str
    descending: bool = False


@dataclass(frozen=True)
class SortByDistance:
    lat: float
    lon: float
    descending: bool = False


Sort = SortBy | SortByDistance


@dataclass(frozen=True)
class SearchRequest:
    """One page of hits.

    `filters` are joined by AND. Their names matter for facets: the counts of facet `f` are taken with every
    filter but the one named `f`, so that a user sees what else could be chosen.
    `sort=None` is relevance (by id when there is no text).
    `limit=0` asks for totals and facets only.
    """

    index: str
    text: str = ""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    sort: Sort | None = None
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True)
class FacetCount:
    value: str
    count: int


@dataclass(frozen=True)
class Hit:
    """`document` is the stored payload given at indexing (`payload`), never the searchable tokens."""

    id: str
    score: float
    document: Document


@dataclass(frozen=True)
class SearchPage:
    """`total` is exact unless `total_is_capped`. Facet counts are ordered by count descending, then value.

    `matching` says whether hits hold every word of the text ("all") or at least one ("any", used when
    too few documents hold all of them).
    """

    hits: Sequence[Hit]
    total: int
    total_is_capped: bool
    facets: Mapping[str, Sequence[FacetCount]]
    matching: Literal["all", "any"]


@dataclass(frozen=True)
class Candidate:
    id: str
    score: float


@dataclass(frozen=True)
class Suggestion:
    text: str
    kind: str
    code: str | None


@dataclass(frozen=True)
class Health:
    """`stamps` holds, per index, what `rebuild` or `restamp` said the documents show; absent when not built."""

    engine: str
    available: bool
    version: str | None
    stamps: Mapping[str, str]
    detail: str | None = None


class TextReader(Protocol):
    """How queries are understood; `search.text.TextLayer` is the one of the product."""

    def query(self, text: str) -> TextQuery: ...

    def words(self, text: str) -> list[Word]:
        """Cut a text in normal form into words."""
        ...


class SearchEngine(Protocol):
    """All methods raise `SearchError` and nothing else of their own."""

    name: str

    @property
    def reader(self) -> TextReader:
        """How this engine understands queries: for highlights, and for saying which word to drop."""
        ...

    async def search(self, request: SearchRequest) -> SearchPage: ...

    async def candidates(self, index: str, text: str, *, limit: int) -> Sequence[Candidate]:
        """Propose documents for a long text (up to 20,000 characters), best first, scores in [0, 1]."""
        ...

    async def upsert(self, index: str, documents: Sequence[Document]) -> None:
        """Add or replace documents by `id`; visible to searches when this returns."""
        ...

    async def delete(self, index: str, ids: Sequence[str]) -> None: ...

    async def rebuild(self, index: str, documents: AsyncIterable[Document], *, stamp: str) -> int:
        """Build the index anew beside the live one and swap; the live one answers meanwhile.

        `stamp` names the state of the source and is given back by `health`. Returns how many documents it holds.
        """
        ...

    async def restamp(self, index: str, stamp: str) -> None:
        """Say that the documents, as they are now, show the state `stamp` of the source.

        Raises IndexNotReady when the index has not been built.
        """
        ...

    async def health(self) -> Health: ...

    async def close(self) -> None: ...
