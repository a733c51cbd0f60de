"""Reading the vocabularies: one function per use case."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.ext.asyncio import AsyncSession

from app.error_handlers import invalid_request
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.models import CapabilityTerm, FieldOfIndustry
from app.vocabulary import queries, schemas
from app.vocabulary.errors import (
    FieldNotFound,
    RegionNotFound,
    RegionRetired,
    StandardNotFound,
    TermNotFound,
)
from app.vocabulary.names import unknown_codes
from app.vocabulary.queries import STANDARD
from app.vocabulary.reading import Reader
from app.vocabulary.rules import normal_form
from search.standard_numbers import parse_standard_number, standard_key


async def list_fields(session: AsyncSession, reader: Reader) -> schemas.Listing[schemas.FieldRead]:
    """Return the fields, each with its sub-directions."""
    crosswalks = await queries.crosswalks(session)
    below: dict[str | None, list[FieldOfIndustry]] = {}
    for row in await queries.fields(session):
        below.setdefault(row.parent_code, []).append(row)
    return schemas.Listing[schemas.FieldRead](
        items=[
            reader.field(row, below.get(row.code, ()), crosswalks.get(row.code, ()))
            for row in below.get(None, ())
        ]
    )


async def get_field(session: AsyncSession, reader: Reader, code: str) -> schemas.FieldRead:
    """Return a field or a sub-direction. Raises FieldNotFound."""
    rows = await queries.fields(session)
    row = next((row for row in rows if row.code == code), None)
    if row is None:
        raise FieldNotFound
    crosswalks = await queries.crosswalks(session)
    return reader.field(row, [sub for sub in rows if sub.parent_code == code], crosswalks.get(code, ()))


async def list_regions(
    session: AsyncSession, reader: Reader, asked: schemas.RegionFilters
) -> schemas.Listing[schemas.RegionRead]:
    """Raises InvalidRequest for a parent that does not exist."""
    if asked.parent is not None:
        _require_known("parent", [asked.parent], reader.names.regions)
    rows = await queries.regions(session, parent=asked.parent, level=asked.level)
    return schemas.Listing[schemas.RegionRead](
        items=[reader.region(row) for row in rows if bool(row.successor_codes) == asked.retired]
    )


async def get_region(session: AsyncSession, reader: Reader, code: str) -> schemas.RegionRead:
    """Raises RegionNotFound, and RegionRetired for an abolished code."""
    row = await queries.region(session, code)
    if row is None:
        raise RegionNotFound
    if row.successor_codes:
        successors = await queries.region_names(session, row.successor_codes)
        raise RegionRetired([(each.code, Localized(zh=each.name_zh, en=each.name_en)) for each in successors])
    return reader.region(row)


async def list_functions(
    session: AsyncSession, reader: Reader, group: str | None
) -> schemas.Listing[schemas.FunctionGroup]:
    """Return the groups of service functions; none for a group that does not exist."""
    rows = await queries.functions(session, group)
    return schemas.Listing[schemas.FunctionGroup](items=reader.function_groups(rows))


async def list_terms(
    session: AsyncSession, reader: Reader, asked: schemas.TermFilters
) -> Page[schemas.TermListed]:
    """Raises InvalidRequest for fields that do not exist, and InvalidCursor."""
    _require_known("field", asked.field, reader.names.fields)
    codes = [
        row.code
        for row in await queries.terms(session)
        if (asked.q is None or _names(row, asked.q))
        and (not asked.field or set(asked.field) & set(row.field_codes))
    ]
    page = await queries.page_of_terms(session, codes, asked)
    return page.to_page(reader.term)


def _names(term: CapabilityTerm, text: str) -> bool:
    """Whether a name, synonym or the code of the term holds the text, by normal form."""
    wanted = normal_form(text)
    if not wanted:
        return not text.strip()
    return any(
        wanted in normal_form(name) for name in (term.code, term.name_zh, term.name_en, *term.synonyms)
    )


async def get_term(session: AsyncSession, reader: Reader, code: str) -> schemas.TermRead:
    """Raises TermNotFound."""
    row = await queries.term(session, code)
    if row is None:
        raise TermNotFound
    standards = await queries.standards_serving(session, code)
    return reader.term_with_standards(row, await _briefs(session, reader, standards))


async def list_standards(
    session: AsyncSession, reader: Reader, asked: schemas.StandardFilters
) -> Page[schemas.StandardBrief]:
    """Raises InvalidRequest for codes that do not exist, and InvalidCursor."""
    _require_known("capability", asked.capability, reader.names.terms)
    _require_known("field", asked.field, reader.names.fields)
    where: list[ColumnElement[bool]] = []
    if asked.capability:
        where.append(STANDARD.capability_code.in_(asked.capability))
    if asked.field:
        of_fields = await queries.bases_by_field(session)
        where.append(
            STANDARD.base.in_([base for base, codes in of_fields.items() if set(asked.field) & set(codes)])
        )
    if asked.listed is not None:
        where.append(STANDARD.listed == asked.listed)
    if asked.q is not None and asked.q.strip():
        where.append(await _matches(session, asked.q))
    page = await queries.page_of_standards(session, where, asked)
    briefs = {brief.base: brief for brief in await _briefs(session, reader, page.rows)}
    return page.to_page(lambda row: briefs[row.base])


async def _matches(session: AsyncSession, text: str) -> ColumnElement[bool]:
    """The condition that a standard is meant by `text`: its number, the beginning of it, or words of its title."""
    number = parse_standard_number(text)
    if number is not None:
        key = standard_key(number.base)
        return or_(
            STANDARD.key == key, *(STANDARD.key.startswith(key + mark, autoescape=True) for mark in ".-")
        )
    plain = unicodedata.normalize("NFKC", text).lower()
    serving = [row.code for row in await queries.terms(session) if _names(row, text)]
    words = [func.lower(STANDARD.title_zh).contains(word, autoescape=True) for word in plain.split()]
    return or_(
        STANDARD.key.startswith(standard_key(plain), autoescape=True),
        STANDARD.capability_code.in_(serving),
        and_(*words),
    )


async def get_standard(
    session: AsyncSession, reader: Reader, written: str, on_date: date
) -> schemas.StandardRead:
    """Return a standard by its number in any spelling, with a year that edition. Raises StandardNotFound."""
    number = parse_standard_number(written)
    if number is None:
        raise StandardNotFound(
            Localized(zh=f"“{written}”不是可识别的标准号", en=f"'{written}' is not surely a standard number")
        )
    standard = await queries.standard_by_base(session, number.base)
    if standard is None or standard.id is None:
        raise StandardNotFound
    editions = (await queries.editions(session, [standard.id])).get(standard.id, ())
    asked = next((each for each in editions if each.number == number.canonical), None)
    if asked is None and number.year is not None:
        known = "、".join(each.number for each in editions)
        raise StandardNotFound(
            Localized(zh=f"没有这个版本；已知：{known}", en=f"This edition is not known; known are: {known}")
        )
    return reader.standard_with_relations(
        standard,
        asked=asked if number.year is not None else None,
        editions=editions,
        equivalences=await queries.equivalences(session, standard.base),
        supersessions=await queries.supersessions(session),
        on_date=on_date,
    )


async def _briefs(
    session: AsyncSession, reader: Reader, standards: Sequence[Any]
) -> list[schemas.StandardBrief]:
    editions = await queries.editions(session, [row.id for row in standards])
    return [reader.standard(row, editions.get(row.id, ())) for row in standards]


def _require_known(parameter: str, given: Collection[str], known: Mapping[str, object]) -> None:
    items = unknown_codes(f"/query/{parameter}", given, known)
    if items:
        raise invalid_request(items)
