"""Conditions on projects in SQL, each with the meaning that the search index gives it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, or_, select

from app.kit.clock import BUSINESS_ZONE
from app.models import Stage, metadata

PROJECT = metadata.tables["pool_project"].c
_FIELD = metadata.tables["pool_project_field"].c


def is_public() -> ColumnElement[bool]:
    return PROJECT.stage != Stage.WITHDRAWN


def in_field(codes: Sequence[str]) -> ColumnElement[bool]:
    return PROJECT.id.in_(select(_FIELD.project_id).where(_FIELD.field_code.in_(codes)))


def in_region(codes: Sequence[str]) -> ColumnElement[bool]:
    """The owner is in one of the cities or counties; the code of a city (GB/T 2260) ends in 00."""
    cities = [code for code in codes if code.endswith("00")]
    return or_(
        PROJECT.region_code.in_(codes),
        *(PROJECT.region_code.between(code, code[:4] + "99") for code in cities),
    )


def says(words: str) -> ColumnElement[bool]:
    """The public text has every one of the words."""
    return and_(*(PROJECT.public_text.icontains(word, autoescape=True) for word in words.split()))


def needs_capability(codes: Sequence[str]) -> ColumnElement[bool]:
    """One of the needs that everybody may read was understood as one of the terms."""
    written = cast(PROJECT.capabilities, String)
    return or_(*(written.contains(f'"{code}"', autoescape=True) for code in codes))


def pooled_in(years: Sequence[int]) -> ColumnElement[bool]:
    """The project was pooled in one of the years (Shanghai)."""
    starts = [(_new_year(year), _new_year(year + 1)) for year in years]
    return or_(*(and_(PROJECT.pooled_at >= first, PROJECT.pooled_at < end) for first, end in starts))


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=BUSINESS_ZONE)
