"""What a saved search asks, and what it finds anew: in the indexes that everybody may search, never in others."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.catalogue import engine_request, project_request
from app.catalogue.asked import Asked, understand
from app.catalogue.everything import understand_everything
from app.catalogue.params import SearchParams
from app.catalogue.project_request import AskedProjects
from app.catalogue.projects import understand_projects
from app.errors import InvalidRequest
from app.kit.i18n import Localized
from app.vocabulary.names import Names
from app.watches import wording
from app.watches.rules import MOST_HITS, AlertType, cause_of
from search.port import SearchEngine, SearchRequest


@dataclass(frozen=True)
class SearchHit:
    """A document that a search finds, as the engine keeps it, and its index."""

    index: str
    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.document["id"])


@dataclass(frozen=True)
class SearchHits:
    """What a search finds, and how much there is in all."""

    hits: Sequence[SearchHit]
    total: int

    @property
    def is_whole(self) -> bool:
        return len(self.hits) >= self.total


@dataclass(frozen=True)
class SearchTurned:
    """What follows from a search that was asked again: its hits seen, new alerts, and causes that need no telling."""

    seen: Sequence[str]
    alerts: Sequence[dict[str, Any]]
    taken_back: Sequence[str]


def understood_search(params: SearchParams, names: Names, today: date) -> Sequence[SearchRequest]:
    """Return what a saved search asks today, of each index. Raises InvalidRequest as the search itself does."""
    match params.index:
        case "all":
            services, platforms, projects = understand_everything(params, names, today)
            return [_of_services(services), _of_services(platforms), _of_projects(projects)]
        case "projects":
            return [_of_projects(understand_projects(params, names))]
        case _:
            return [_of_services(understand(params, names, today))]


def _of_services(asked: Asked) -> SearchRequest:
    return engine_request.page_request(asked, engine_request.engine_filters(asked), 0, 0)


def _of_projects(asked: AskedProjects) -> SearchRequest:
    return project_request.page_request(asked, project_request.project_filters(asked), 0, 0)


async def hits_of(
    engine: SearchEngine, requests: Iterable[SearchRequest], limit: int = MOST_HITS
) -> SearchHits:
    """Return what is found, at most `limit` in each index. Raises SearchError."""
    hits: list[SearchHit] = []
    total = 0
    for request in requests:
        page = await engine.search(replace(request, limit=limit))
        hits += [SearchHit(request.index, hit.document) for hit in page.hits]
        total += page.total
    return SearchHits(hits, total)


def in_body(refused: InvalidRequest) -> InvalidRequest:
    """Return the error of a search with the places where the parameters stand in a body."""
    items = [
        item.model_copy(update={"pointer": item.pointer.replace("/query/", "/body/search/", 1)})
        for item in refused.errors
    ]
    return InvalidRequest(refused.detail, errors=items)


def too_many_hits(total: int) -> InvalidRequest:
    """Return the error for a search that finds more than can be told apart."""
    return InvalidRequest.at(
        "/body/search",
        "too_many_hits",
        Localized(
            zh=f"该检索有 {total} 条结果，最多 {MOST_HITS} 条才能保存，请加上条件",
            en=f"It finds {total}; at most {MOST_HITS} can be saved. Please narrow it",
        ),
    )


def turned_search(
    watch_id: int, seen: Iterable[str], waiting: Collection[str], found: SearchHits
) -> SearchTurned:
    """Tell what was not seen before, and take back what waits to be told but is found no more.

    `waiting` are hits whose alerts were not told yet; one that is found again later is new again.
    """
    known = set(seen)
    alerts = [_alert(watch_id, hit) for hit in found.hits if hit.id not in known]
    now = {hit.id for hit in found.hits}
    gone = set(waiting) - now if found.is_whole else set()
    return SearchTurned(sorted((known | now) - gone), alerts, [_cause(each) for each in sorted(gone)])


def _cause(hit_id: str) -> str:
    """Return the cause of an alert: each hit is one, for as long as the search is saved."""
    return cause_of(AlertType.NEW_HIT, hit_id, None, "", None)


def _alert(watch_id: int, hit: SearchHit) -> dict[str, Any]:
    document = hit.document
    title = Localized(zh=document["title_zh"], en=document.get("title_en"))
    platform = document.get("platform")
    return {
        "watch_id": watch_id,
        "cause": _cause(hit.id),
        "type": AlertType.NEW_HIT.value,
        "platform_uid": None if platform is None else UUID(platform["id"]),
        "payload": {
            "detail": wording.new_hit(hit.index, title).model_dump(),
            "facts": {"hit": hit.id, "slug": document["slug"], "index": hit.index},
        },
    }
