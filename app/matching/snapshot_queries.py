"""The SELECTs behind a snapshot: the small tables of the catalogue, whole."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.matching.evidence import edition_of
from app.matching.facts import Successor
from app.matching.queries import has_lines, rows_of, table
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
from app.models.scope import Verification
from app.outbox.events import PROJECT, RELEASE
from app.vocabulary.rules import normal_form


async def catalogue_version(session: AsyncSession) -> int:
    """Return the version of the catalogue; 0 before the first seed."""
    return (await session.execute(select(table("catalogue_version").c.version))).scalar_one_or_none() or 0


async def is_matched_alike(session: AsyncSession, since: int, until: int) -> bool:
    """Tell whether all that happened after the version `since`, until `until`, is of no weight in a match."""
    event = table("outbox_event").c
    of_no_weight = select(func.count()).where(
        event.position > since, event.position <= until, event.entity.in_([PROJECT, RELEASE])
    )
    return (await session.execute(of_no_weight)).scalar_one() == until - since


async def load_snapshot(session: AsyncSession) -> Snapshot:
    """Read the small tables whole. Run it in the transaction that reads the scope lines."""
    version = await catalogue_version(session)
    vocabulary = VocabularyView(await _vocabulary_rows(session))
    platforms = PlatformTable(await _platform_rows(session))
    accreditations = AccreditationTable(await _accreditation_rows(session), platforms)
    return Snapshot(version, vocabulary, platforms, accreditations, read_at=version)


async def _vocabulary_rows(session: AsyncSession) -> VocabularyRows:
    term, standard, edition = (table(n).c for n in ("capability_term", "standard", "standard_edition"))
    terms = await session.execute(
        select(term.code, term.name_zh, term.name_en, term.synonyms, term.same_as, term.designation).order_by(
            term.position
        )
    )
    term_rows = terms.all()
    standards = await session.execute(select(standard.id, standard.base, standard.capability_code))
    standard_rows = standards.all()
    bases = {row.id: row.base for row in standard_rows}
    equivalence, supersession = table("standard_equivalence").c, table("standard_supersession").c
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
    broader = table("broader_object").c
    broader_pairs = await session.execute(select(broader.narrower_key, broader.broader_key))
    region = table("region").c
    region_rows = await rows_of(
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
    columns = table(name).c
    return {row[0]: row[1] for row in await session.execute(select(columns.key, columns.id))}


async def _platform_rows(session: AsyncSession) -> list[PlatformRow]:
    platform, region, link = (table(n) for n in ("platform", "region", "platform_field"))
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
    service, accreditation = table("service").c, table("accreditation").c
    return or_(
        exists().where(service.platform_id == platform_id),
        exists().where(accreditation.platform_id == platform_id, accreditation.live),
    )


async def _suspensions(session: AsyncSession) -> Mapping[int, Sequence[tuple[date, date | None]]]:
    """Return first and last day of the suspensions that were not lifted, by platform."""
    suspension = table("suspension").c
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
    a, platform = table("accreditation").c, table("platform")
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
            (~has_lines(a.id)).label("without_lines"),
        )
        .join(platform, platform.c.id == a.platform_id)
        .where(a.live, platform.c.live)
    )
    return [dict(row) for row in rows.mappings()]
