"""Database rows as the facts that the verdict rules look at. Pure."""

from typing import Any

from app.matching.facts import AccreditationFacts, Line, Offering
from app.matching.snapshot import VocabularyView
from app.models.scope import Verification
from app.vocabulary.ranges import Range


def edition_of(number: str, base: str, year: int | None) -> str | None:
    """Return what tells this number from other editions of its base: the year, or else the revision mark."""
    if year is not None:
        return str(year)
    return number.removeprefix(base).strip(" -:") or None


def range_of_row(row: Any) -> Range | None:
    """Return the range of a scope line or capability; None where none is stated."""
    if row.dimension is None:
        return None
    return Range(
        lo=row.range_low,
        hi=row.range_high,
        lo_inclusive=not row.range_low_open,
        hi_inclusive=not row.range_high_open,
        dimension=row.dimension,
        unit=row.range_unit or "",
        min=row.range_min,
        max=row.range_max,
        written=row.range_written,
        grades=None if row.range_grades is None else frozenset(row.range_grades),
    )


def line_of_row(row: Any, vocabulary: VocabularyView) -> Line:
    return Line(
        id=row.id,
        standard=row.standard_base,
        number=row.standard_number,
        edition=edition_of(row.standard_number, row.standard_base, row.standard_year),
        term=row.standard_term,
        object=row.object_key,
        parameter=row.parameter_key,
        range=range_of_row(row),
        restriction=row.restriction_zh,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        successors=vocabulary.successors_of(row.standard_number),
    )


def offering_of_row(row: Any, vocabulary: VocabularyView) -> Offering:
    edition = None
    if row.standard_number is not None:
        edition = edition_of(row.standard_number, row.standard_base, row.standard_year)
    return Offering(
        id=row.id,
        service_id=row.service_id,
        term=row.term_code,
        standard=row.standard_base,
        number=row.standard_number,
        edition=edition,
        standard_term=row.standard_term,
        object=row.object_key,
        parameter=row.parameter_key,
        range=range_of_row(row),
        lead_time_days=row.lead_time_days,
        successors=vocabulary.successors_of(row.standard_number) if row.standard_number else (),
    )


def accreditation_of_row(row: Any) -> AccreditationFacts:
    """Return an accreditation without the lines of its scope."""
    return AccreditationFacts(
        id=row.id,
        scheme=row.scheme,
        state=row.state,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        partner=row.holder_zh,
        verified=row.verification is Verification.VERIFIED,
        empty_scope=row.empty_scope,
    )
