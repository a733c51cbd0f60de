"""Searching projects by what members may read: for people of organisations with a published platform.

The index gives ids alone. What is shown comes from the database, by `app.disclosure`; each confidential field by
which a hit may have been found is a reading, and recorded.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.catalogue.errors import MembersOnly
from app.catalogue.project_request import AskedProjects
from app.catalogue.projects import Found, counted, find, project_hit
from app.catalogue.usecases import Searcher
from app.disclosure.clearance import clearances, is_platform_member
from app.disclosure.readings import Reading, record_readings
from app.disclosure.rules import disclosed
from app.indexing.project_documents import MEMBERS, ProjectSource, project_document
from app.indexing.project_queries import public_projects
from app.kit.clock import business_day
from app.pool.usecases import results_of_projects
from search.highlight import Highlighter


async def search_for_members(
    tools: Searcher, principal: Principal, asked: AskedProjects, *, offset: int, limit: int, now: datetime
) -> dict[str, Any]:
    """Return a `MemberProjectSearchAnswer` as JSON values, without its cursor.

    Raises MembersOnly for whoever is no member, and SearchUnavailable.
    """
    async with tools.new_session() as session:
        is_member = await is_platform_member(session, principal)
    if not is_member:
        raise MembersOnly
    # No transaction is open meanwhile: while the engine is down, the search needs a connection itself.
    found = await find(tools, asked, offset=offset, limit=limit)
    async with tools.new_session() as session:
        hits, readings = await _disclosed(tools, session, principal, asked, found, now)
        await record_readings(
            session, tools.new_session, principal, readings, via="search_projects_as_member", at=now
        )
    return {"hits": hits, **counted(tools, asked, found)}


async def _disclosed(
    tools: Searcher,
    session: AsyncSession,
    principal: Principal,
    asked: AskedProjects,
    found: Found,
    now: datetime,
) -> tuple[list[dict[str, Any]], list[Reading]]:
    uids = [UUID(payload["id"]) for payload, _ in found.page]
    sources = {source.id: source async for source in public_projects(session, uids)}
    results = await results_of_projects(session, uids)
    keys = [result.key for result in results.values()]
    mine = await clearances(session, principal, keys, today=business_day(now))
    highlighter = Highlighter(tools.engine.reader, asked.text) if asked.text else None
    hits, readings = [], []
    for payload, score in found.page:
        source = sources.get(payload["id"])
        # One that was withdrawn a moment ago is in the index and no longer in the pool.
        if source is None:
            continue
        result = results[UUID(source.id)]
        hits.append(_hit(source, score, highlighter))
        if not mine[result.key].owns:
            fields = disclosed(source.document, source.tiers, MEMBERS).confidential
            readings.append(Reading(result.uid, result.version_number, fields))
    return hits, readings


def _hit(source: ProjectSource, score: float, highlighter: Highlighter | None) -> dict[str, Any]:
    shown = disclosed(source.document, source.tiers, MEMBERS)
    payload: Mapping[str, Any] = project_document(source)["payload"]
    hit = project_hit(payload, score, highlighter)
    needs = shown.document.get("needs") or []
    texts = [(name, shown.document.get(name)) for name in ("abstract", "trl_evidence")]
    texts += [(f"needs.{number}.text", need.get("text")) for number, need in enumerate(needs)]
    return hit | {
        "abstract": shown.document.get("abstract"),
        "trl_evidence": shown.document.get("trl_evidence"),
        "needs": needs,
        "withheld": dict(shown.withheld),
        "highlights": [*hit["highlights"], *_highlights(texts, highlighter)],
    }


def _highlights(
    texts: Sequence[tuple[str, str | None]], highlighter: Highlighter | None
) -> list[dict[str, Any]]:
    if highlighter is None:
        return []
    return [
        {"field": name, "text": text, "ranges": ranges}
        for name, text in texts
        if text and (ranges := highlighter.ranges(text))
    ]
