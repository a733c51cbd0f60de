"""Completions over the whole catalogue, built once for each of its versions and kept in memory."""

import asyncio
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.models import metadata
from app.pool.filters import is_public
from app.vocabulary.queries import standard_is_public
from search.normal import normalise
from search.port import Suggestion
from search.suggest import SuggestEntry, Suggester

_CAPABILITY = metadata.tables["capability"].c
_FIELD = metadata.tables["field"].c
_PLATFORM = metadata.tables["platform"].c
_PROJECT = metadata.tables["pool_project"].c
_SERVICE = metadata.tables["service"].c
_STANDARD = metadata.tables["standard"].c
_TERM = metadata.tables["capability_term"].c

_NOT_IN_NUMBERS = re.compile(r"[^a-z0-9.]")
_LIKE_A_NUMBER = re.compile(r"[a-z]{2,}.*\d|\d{3,}")
_SPARE = 4
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class _Standard:
    """A standard by its number without marks: `gbt2423.17`."""

    compact: str
    base: str
    title: str | None


class Completions:
    """Everything that can be suggested at one catalogue version; immutable."""

    def __init__(
        self, version: int, entries: Iterable[SuggestEntry], standards: Iterable[tuple[str, str | None]]
    ) -> None:
        """`standards` are base numbers with their titles."""
        self.version = version
        self._standards = sorted(
            (_Standard(_compact(base), base, title) for base, title in standards),
            key=lambda each: (each.compact, each.base),
        )
        by_title = (_suggestion(each) for each in self._standards if each.title)
        self._suggester = Suggester(
            [*entries, *(SuggestEntry(each.text, each.kind, each.code) for each in by_title)]
        )
        self._keys = [each.compact for each in self._standards]

    def suggest(self, text: str, limit: int) -> list[Suggestion]:
        """Return the best completions; what looks like a standard number is completed as one first."""
        compact = _compact(text)
        numbers = self._numbers(compact, limit) if _LIKE_A_NUMBER.search(compact) else []
        others = self._suggester.suggest(text, limit * _SPARE)
        # Of the names of one thing, the best fitting is enough.
        best = {(each.kind, each.code): each for each in reversed([*numbers, *others])}
        return [each for each in [*numbers, *others] if best[each.kind, each.code] is each][:limit]

    def _numbers(self, compact: str, limit: int) -> list[Suggestion]:
        start, end = bisect_left(self._keys, compact), bisect_left(self._keys, compact + _LAST)
        return [_suggestion(each) for each in self._standards[start : min(end, start + limit)]]


def _compact(text: str) -> str:
    return _NOT_IN_NUMBERS.sub("", normalise(text))


def _suggestion(standard: _Standard) -> Suggestion:
    text = standard.base if standard.title is None else f"{standard.base} {standard.title}"
    return Suggestion(text, "standard", standard.base)


class CompletionsCache:
    """The completions of the newest version asked for; the former ones answer while new ones are made."""

    def __init__(self, new_session: SessionFactory) -> None:
        self._new_session = new_session
        self._lock = asyncio.Lock()
        self._made: Completions | None = None

    async def get(self, version: int) -> Completions:
        """Return the completions of a version; those of the one before while another request makes them."""
        made = self._made
        if made is not None and (made.version == version or self._lock.locked()):
            return made
        async with self._lock:
            if self._made is None or self._made.version != version:
                async with self._new_session() as session:
                    entries, standards = await read_entries(session), await read_standards(session)
                # Making the keys of a large catalogue takes seconds.
                self._made = await asyncio.to_thread(Completions, version, entries, standards)
            return self._made


async def read_entries(session: AsyncSession) -> list[SuggestEntry]:
    """Read the names that can be suggested; a term weighs as many services as offer it."""
    offered = await session.execute(
        select(_CAPABILITY.term_code, func.count(_CAPABILITY.service_id.distinct()))
        .join_from(_CAPABILITY.id.table, _SERVICE.id.table, _SERVICE.id == _CAPABILITY.service_id)
        .join(_PLATFORM.id.table, _PLATFORM.id == _SERVICE.platform_id)
        .where(_PLATFORM.live)
        .group_by(_CAPABILITY.term_code)
    )
    weights = {code: float(count) for code, count in offered}
    terms = await session.execute(select(_TERM.code, _TERM.name_zh, _TERM.name_en, _TERM.synonyms))
    fields = await session.execute(select(_FIELD.code, _FIELD.name_zh, _FIELD.name_en, _FIELD.aliases))
    platforms = await session.execute(
        select(_PLATFORM.slug, _PLATFORM.name_zh, _PLATFORM.name_en).where(_PLATFORM.live)
    )
    services = await session.execute(
        select(_SERVICE.slug, _SERVICE.title_zh, _SERVICE.title_en)
        .join_from(_SERVICE.id.table, _PLATFORM.id.table, _PLATFORM.id == _SERVICE.platform_id)
        .where(_PLATFORM.live)
    )
    projects = await session.execute(
        select(_PROJECT.slug, _PROJECT.title_zh, _PROJECT.title_en).where(is_public())
    )
    entries: list[SuggestEntry] = []
    for code, zh, en, synonyms in terms:
        entries += _entries("capability", code, [zh, en, *synonyms], weights.get(code, 0.0))
    for code, zh, en, aliases in fields:
        entries += _entries("field", code, [zh, en, *aliases])
    for slug, zh, en in platforms:
        entries += _entries("platform", slug, [zh, en])
    for slug, zh, en in services:
        entries += _entries("service", slug, [zh, en])
    for slug, zh, en in projects:
        entries += _entries("project", slug, [zh, en])
    return entries


async def read_standards(session: AsyncSession) -> list[tuple[str, str | None]]:
    """Read base numbers and titles of the vocabulary, and of what published records cite besides."""
    rows = await session.execute(select(_STANDARD.base, _STANDARD.title_zh).where(standard_is_public()))
    return [(base, title) for base, title in rows]


def _entries(
    kind: str, code: str, texts: Sequence[str | None], weight: float = 0.0
) -> Iterable[SuggestEntry]:
    return [SuggestEntry(text, kind, code, weight) for text in dict.fromkeys(texts) if text]
