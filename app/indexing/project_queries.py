"""Public projects as sources of search documents, read in batches by a constant number of queries each."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.indexing.project_documents import ProjectSource
from app.indexing.projections import TermSource
from app.indexing.queries import grouped
from app.kit.clock import business_day
from app.models import Stage, metadata

PROJECTS_PER_BATCH = 200

_PROJECT = metadata.tables["pool_project"].c
_PROJECT_FIELD = metadata.tables["pool_project_field"].c
_VERSION = metadata.tables["result_version"].c
_OUTCOME = metadata.tables["project_outcome"].c
_NEED = metadata.tables["result_need"].c
_FIELD = metadata.tables["field"].c
_TERM = metadata.tables["capability_term"].c

_Words = Mapping[str, TermSource]


async def public_projects(
    session: AsyncSession, only: Collection[UUID] | None = None
) -> AsyncIterator[ProjectSource]:
    """Give every project that is public, or those of `only`, in order of their keys. Memory holds one batch."""
    terms = await _words(session, select(_TERM.code, _TERM.name_zh, _TERM.name_en, _TERM.synonyms))
    fields = await _words(session, select(_FIELD.code, _FIELD.name_zh, _FIELD.name_en, _FIELD.aliases))
    last = 0
    while True:
        rows = (await session.execute(_batch(last, only))).all()
        if not rows:
            return
        last = rows[-1].id
        for project in await _sources(session, rows, fields, terms):
            yield project


def _batch(last: int, only: Collection[UUID] | None) -> Select[Any]:
    wanted = true() if only is None else _PROJECT.uid.in_(only)
    pooled = (_VERSION.result_id == _PROJECT.result_id) & (_VERSION.number == _PROJECT.version_number)
    return (
        select(_PROJECT.id.table, _VERSION.document, _VERSION.tiers)
        .join_from(_PROJECT.id.table, _VERSION.number.table, pooled)
        .where(_PROJECT.stage != Stage.WITHDRAWN, _PROJECT.id > last, wanted)
        .order_by(_PROJECT.id)
        .limit(PROJECTS_PER_BATCH)
    )


async def _sources(
    session: AsyncSession, rows: Sequence[Row[Any]], fields: _Words, terms: _Words
) -> Sequence[ProjectSource]:
    keys = [row.id for row in rows]
    own_fields = await grouped(
        session,
        select(_PROJECT_FIELD.project_id, _PROJECT_FIELD.field_code)
        .where(_PROJECT_FIELD.project_id.in_(keys))
        .order_by(_PROJECT_FIELD.project_id, _PROJECT_FIELD.position),
    )
    outcomes = await grouped(
        session,
        select(_OUTCOME.project_id, _OUTCOME.summary_zh, _OUTCOME.summary_en)
        .where(_OUTCOME.project_id.in_(keys))
        .order_by(_OUTCOME.project_id, _OUTCOME.id),
    )
    needs = await grouped(
        session,
        select(_NEED.result_id, _NEED.capability)
        .where(_NEED.result_id.in_([row.result_id for row in rows]))
        .order_by(_NEED.result_id, _NEED.id),
    )
    return [
        ProjectSource(
            id=str(row.uid),
            slug=row.slug,
            document=row.document,
            tiers=row.tiers,
            fields=_known(fields, (each.field_code for each in own_fields[row.id])),
            terms=_known(terms, (each.capability for each in needs[row.result_id])),
            outcomes=_texts(outcomes[row.id]),
            stage=row.stage.value,
            region_code=row.region_code,
            pooled_at=row.pooled_at,
            year=business_day(row.pooled_at).year,
            demo=row.demo,
        )
        for row in rows
    ]


def _texts(outcomes: Iterable[Any]) -> tuple[str, ...]:
    return tuple(text for each in outcomes for text in (each.summary_zh, each.summary_en) if text)


def _known(words: _Words, codes: Any) -> tuple[TermSource, ...]:
    return tuple(words[code] for code in dict.fromkeys(codes) if code in words)


async def _words(session: AsyncSession, statement: Select[Any]) -> _Words:
    return {
        code: TermSource(code, name_zh, name_en, tuple(synonyms))
        for code, name_zh, name_en, synonyms in await session.execute(statement)
    }
