"""Every SELECT of matching. Only columns are read, never entities; only what is published is there."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, case, exists, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.matching.evidence import edition_of
from app.matching.facts import Successor
from app.matching.snapshot import (
    AccreditationTable,
    EditionView,
    PlatformRow,
    PlatformTable,
    Snapshot,
    StandardView,
    TermView,
    VocabularyRows,
    VocabularyView,
)
from app.models import metadata
from app.models.scope import Verification
from app.vocabulary.rules import normal_form

IN_LIMIT = 5_000
"""How many values one IN list may hold on both databases."""

_NOT_SHOWN = frozenset({"object_id", "parameter_id", "range_dimension_id"})


async def _all(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> list[Any]:
    return list((await session.execute(statement)).all())


def _table(name: str) -> FromClause:
    return metadata.tables[name]


async def catalogue_version(session: AsyncSession) -> int:
    """Return the version of the catalogue; 0 before the first seed."""
    table = _table("catalogue_version")
    return (await session.execute(select(table.c.version))).scalar_one_or_none() or 0


# --- The snapshot -------------------------------------------------------------------------------------------


async def load_snapshot(session: AsyncSession) -> Snapshot:
    """Read the small tables whole. Run it in the transaction that reads the scope lines."""
    version = await catalogue_version(session)
    vocabulary = VocabularyView(await _vocabulary_rows(session))
    platforms = PlatformTable(await _platform_rows(session))
    accreditations = AccreditationTable(await _accreditation_rows(session), platforms)
    return Snapshot(version, vocabulary, platforms, accreditations)


async def _vocabulary_rows(session: AsyncSession) -> VocabularyRows:
    term, standard, edition = (_table(n).c for n in ("capability_term", "standard", "standard_edition"))
    terms = await session.execute(
        select(term.code, term.name_zh, term.name_en, term.synonyms, term.same_as, term.designation).order_by(
            term.position
        )
    )
    term_rows = terms.all()
    standards = await session.execute(select(standard.id, standard.base, standard.capability_code))
    standard_rows = standards.all()
    bases = {row.id: row.base for row in standard_rows}
    equivalence, supersession = _table("standard_equivalence").c, _table("standard_supersession").c
    successors: dict[str, list[Successor]] = {}
    superseding: list[tuple[str, str]] = []
    for row in await session.execute(
        select(
            supersession.old,
            supersession.new,
            supersession.old_base,
            supersession.new_base,
            supersession.effective,
        )
    ):
        successors.setdefault(row.old, []).append(Successor(row.new, row.effective))
        superseding.append((row.old_base, row.new_base))
    equivalents = await session.execute(select(equivalence.base, equivalence.adopts_base))
    broader = _table("broader_object").c
    broader_pairs = await session.execute(select(broader.narrower_key, broader.broader_key))
    region = _table("region").c
    region_rows = await _all(
        session,
        select(
            region.code, region.level, region.name_zh, region.short_zh, region.name_en, region.successor_codes
        ).order_by(region.code),
    )
    current = [row for row in region_rows if not row.successor_codes]
    return VocabularyRows(
        terms=[_term_view(row) for row in term_rows],
        standards=[StandardView(row.id, row.base, row.capability_code) for row in standard_rows],
        editions={
            row.id: EditionView(
                row.number,
                edition_of(row.number, bases[row.standard_id], row.year),
                tuple(successors.get(row.number, ())),
            )
            for row in await session.execute(
                select(edition.id, edition.number, edition.standard_id, edition.year)
            )
        },
        equivalences=[(row[0], row[1]) for row in equivalents],
        supersessions=superseding,
        broader=[(row[0], row[1]) for row in broader_pairs],
        objects=await _keys(session, "test_object"),
        parameters=await _keys(session, "test_parameter"),
        dimensions=await _keys(session, "range_dimension"),
        regions=frozenset(row.code for row in current),
        places=dict(_places(current)),
    )


def _places(rows: Iterable[Any]) -> Iterable[tuple[str, str]]:
    """Yield the names by which people call regions: counties in full only, for their short names are common words."""
    for row in rows:
        names = [row.name_zh] if row.level == "county" else [row.name_zh, row.short_zh, row.name_en]
        yield from ((name, row.code) for name in names if name and row.level != "province")


def _term_view(row: Any) -> TermView:
    spellings = (row.name_zh, row.name_en, *row.synonyms)
    names = frozenset(normal_form(name) for name in (row.name_zh, *row.same_as))
    return TermView(row.code, row.name_zh, row.name_en, names, spellings, row.designation)


async def _keys(session: AsyncSession, name: str) -> Mapping[str, int]:
    table = _table(name).c
    return {row[0]: row[1] for row in await session.execute(select(table.key, table.id))}


async def _platform_rows(session: AsyncSession) -> list[PlatformRow]:
    platform, region, link = (_table(n) for n in ("platform", "region", "platform_field"))
    fields: dict[int, list[str]] = {}
    for row in await session.execute(
        select(link.c.platform_id, link.c.field_code).order_by(link.c.platform_id, link.c.field_code)
    ):
        fields.setdefault(row[0], []).append(row[1])
    p = platform.c
    suspensions = await _suspensions(session)
    rows = await session.execute(
        select(
            p.id,
            p.uid,
            p.slug,
            p.kind,
            p.name_zh,
            p.name_en,
            p.tier,
            p.region_code,
            region.c.level,
            region.c.parent_code,
            p.lat,
            p.lon,
            p.demo,
            p.serves_outsiders,
            case((_is_structured(p.id), null()), else_=p.prose).label("prose"),
        )
        .outerjoin_from(platform, region, region.c.code == p.region_code)
        .where(p.live)
    )
    return [
        PlatformRow(
            id=row.id,
            uid=row.uid,
            slug=row.slug,
            kind=row.kind,
            name_zh=row.name_zh,
            name_en=row.name_en,
            tier=row.tier,
            region_code=row.region_code,
            city_code=row.parent_code if row.level == "county" else row.region_code,
            lat=row.lat,
            lon=row.lon,
            field_codes=tuple(fields.get(row.id, ())),
            demo=row.demo,
            outsiders_served=row.serves_outsiders,
            prose=None if row.prose is None else "\n".join(_texts(row.prose)),
            suspensions=tuple(suspensions.get(row.id, ())),
        )
        for row in rows
    ]


def _is_structured(platform_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The platform lists services or accreditations: its abilities are not known by prose alone (verdict rule 6)."""
    service, accreditation = _table("service").c, _table("accreditation").c
    return or_(
        exists().where(service.platform_id == platform_id),
        exists().where(accreditation.platform_id == platform_id, accreditation.live),
    )


async def _suspensions(session: AsyncSession) -> Mapping[int, Sequence[tuple[date, date | None]]]:
    """Return first and last day of the suspensions that were not lifted, by platform."""
    suspension = _table("suspension").c
    found: dict[int, list[tuple[date, date | None]]] = {}
    for row in await session.execute(
        select(suspension.platform_id, suspension.from_date, suspension.to_date).where(
            suspension.lifted_at.is_(None)
        )
    ):
        found.setdefault(row.platform_id, []).append((row.from_date, row.to_date))
    return found


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


async def _accreditation_rows(session: AsyncSession) -> list[dict[str, Any]]:
    a, platform = _table("accreditation").c, _table("platform")
    rows = await session.execute(
        select(
            a.id,
            a.platform_id,
            a.scheme,
            a.state,
            a.holder_id,
            a.valid_from,
            a.valid_to,
            (a.verification == Verification.VERIFIED).label("verified"),
            (~_has_lines(a.id)).label("without_lines"),
        )
        .join(platform, platform.c.id == a.platform_id)
        .where(a.live, platform.c.live)
    )
    return [dict(row) for row in rows.mappings()]


def _has_lines(accreditation_id: ColumnElement[int]) -> ColumnElement[bool]:
    line = _table("scope_line").c
    return exists().where(line.accreditation_id == accreditation_id, line.live)


# --- Scope lines --------------------------------------------------------------------------------------------


async def postings_of(session: AsyncSession, standard_ids: Iterable[int]) -> dict[int, list[bytes]]:
    """Return the packed lines of each standard, in one query."""
    posting = _table("scope_posting").c
    found: dict[int, list[bytes]] = {}
    for chunk in _chunks(sorted(set(standard_ids))):
        rows = await session.execute(
            select(posting.standard_id, posting.data)
            .where(posting.standard_id.in_(chunk))
            .order_by(posting.standard_id, posting.block)
        )
        for standard_id, data in rows:
            found.setdefault(standard_id, []).append(data)
    return found


async def ranges_of(session: AsyncSession, line_ids: Iterable[int]) -> list[Any]:
    """Return the ranges of some scope lines that state one."""
    line, dimension = _table("scope_line"), _table("range_dimension")
    statement = select(
        line.c.id,
        *(column for column in line.c if column.key.startswith("range_") and column.key not in _NOT_SHOWN),
        dimension.c.key.label("dimension"),
    ).join_from(line, dimension, dimension.c.id == line.c.range_dimension_id)
    rows: list[Any] = []
    for chunk in _chunks(sorted(set(line_ids))):
        rows += await _all(session, statement.where(line.c.id.in_(chunk)))
    return rows


def full_lines() -> Select[Any]:
    """Return the statement for published scope lines with the names of what they refer to."""
    line, standard, obj, parameter, dimension = (
        _table(n) for n in ("scope_line", "standard", "test_object", "test_parameter", "range_dimension")
    )
    return (
        select(
            *(c for c in line.c if c.key not in _NOT_SHOWN),
            standard.c.base.label("standard_base"),
            standard.c.capability_code.label("standard_term"),
            obj.c.name_zh.label("object_zh"),
            obj.c.key.label("object_key"),
            parameter.c.name_zh.label("parameter_zh"),
            parameter.c.key.label("parameter_key"),
            dimension.c.key.label("dimension"),
        )
        .join_from(line, standard, standard.c.id == line.c.standard_id)
        .outerjoin(obj, obj.c.id == line.c.object_id)
        .outerjoin(parameter, parameter.c.id == line.c.parameter_id)
        .outerjoin(dimension, dimension.c.id == line.c.range_dimension_id)
        .where(line.c.live)
    )


async def scope_lines(session: AsyncSession, line_ids: Iterable[int]) -> list[Any]:
    """Return full scope lines by their keys, but for those that are not published any more."""
    line, statement = _table("scope_line"), full_lines()
    rows: list[Any] = []
    for chunk in _chunks(sorted(set(line_ids))):
        rows += await _all(session, statement.where(line.c.id.in_(chunk)))
    return rows


async def accreditations_of(session: AsyncSession, platform_ids: Iterable[int]) -> list[Any]:
    """Return the accreditations of some platforms with the name of a partner that holds them."""
    accreditation, holder = _table("accreditation"), _table("organisation")
    statement = (
        select(
            accreditation,
            holder.c.name_zh.label("holder_zh"),
            holder.c.name_en.label("holder_en"),
            (~_has_lines(accreditation.c.id)).label("empty_scope"),
        )
        .outerjoin_from(accreditation, holder, holder.c.id == accreditation.c.holder_id)
        .where(accreditation.c.live)
        .order_by(accreditation.c.id)
    )
    return [
        row
        for chunk in _chunks(sorted(set(platform_ids)))
        for row in await session.execute(statement.where(accreditation.c.platform_id.in_(chunk)))
    ]


# --- Services -----------------------------------------------------------------------------------------------


def full_capabilities() -> Select[Any]:
    """Return the statement for service capabilities with the names of what they refer to, in their order."""
    capability, service, standard, obj, parameter, dimension = (
        _table(n)
        for n in (
            "capability",
            "service",
            "standard",
            "test_object",
            "test_parameter",
            "range_dimension",
        )
    )
    c = capability.c
    return (
        select(
            *(column for column in c if column.key not in _NOT_SHOWN),
            service.c.platform_id,
            service.c.lead_time_days,
            standard.c.base.label("standard_base"),
            standard.c.capability_code.label("standard_term"),
            obj.c.name_zh.label("object_zh"),
            obj.c.key.label("object_key"),
            parameter.c.name_zh.label("parameter_zh"),
            parameter.c.key.label("parameter_key"),
            dimension.c.key.label("dimension"),
        )
        .join_from(capability, service, service.c.id == c.service_id)
        .outerjoin(standard, standard.c.id == c.standard_id)
        .outerjoin(obj, obj.c.id == c.object_id)
        .outerjoin(parameter, parameter.c.id == c.parameter_id)
        .outerjoin(dimension, dimension.c.id == c.range_dimension_id)
        .order_by(c.id)
    )


async def capabilities_for(
    session: AsyncSession, standard_ids: Iterable[int], terms: Iterable[str]
) -> list[Any]:
    """Return the service capabilities that state one of the standards or one of the terms."""
    c = _table("capability").c
    wanted: list[ColumnElement[bool]] = []
    if standards := sorted(set(standard_ids)):
        wanted.append(c.standard_id.in_(standards))
    if codes := sorted(set(terms)):
        wanted.append(c.term_code.in_(codes))
    return await _all(session, full_capabilities().where(or_(*wanted))) if wanted else []


async def services_by(
    session: AsyncSession, *, ids: Iterable[int] = (), uids: Iterable[UUID] = ()
) -> list[Any]:
    """Return services with their lowest stated price (null when only negotiable)."""
    service, price = _table("service"), _table("price_option")
    lowest = (
        select(price.c.service_id, func.min(price.c.min_cny).label("price_cny"))
        .group_by(price.c.service_id)
        .subquery()
    )
    s = service.c
    statement = select(
        s.id,
        s.uid,
        s.slug,
        s.platform_id,
        s.function_code,
        s.title_zh,
        s.title_en,
        s.lead_time_days,
        s.voucher_accepted,
        s.entry_trl,
        s.exit_trl,
        lowest.c.price_cny,
    ).outerjoin_from(service, lowest, lowest.c.service_id == s.id)
    rows: list[Any] = []
    for chunk in _chunks(sorted(set(ids))):
        rows += await _all(session, statement.where(s.id.in_(chunk)))
    for chunk in _chunks(sorted(set(uids))):
        rows += await _all(session, statement.where(s.uid.in_(chunk)))
    return rows


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(values), IN_LIMIT):
        yield values[start : start + IN_LIMIT]
