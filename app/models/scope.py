"""What a platform can do and may do: capabilities, accreditations and the lines of their scopes."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from app.models.base import LIVE, JsonType, PublicId, enum_type


class Scheme(StrEnum):
    CNAS = "CNAS"
    CMA = "CMA"


class AccreditationState(StrEnum):
    """The state somebody decided; `expired` is not one: it follows from the date."""

    PLANNED = "planned"
    APPLIED = "applied"
    GRANTED = "granted"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Verification(StrEnum):
    """Whether a department has checked a record against its source."""

    DECLARED = "declared"
    VERIFIED = "verified"


CHECKED_AGAINST = "verified_against"
"""The key in `Accreditation.source` of what a department checked it against."""


class RangeColumns(SQLModel):
    """A range as written and in the canonical unit of its dimension.

    `range_min`, `range_max`, `range_unit` are as given; `range_low`, `range_high` are in canonical units,
    rounded to 12 significant digits. All null: no range stated.
    """

    range_written: str | None = Field(default=None, max_length=200)
    range_min: float | None = None
    range_max: float | None = None
    range_unit: str | None = Field(default=None, max_length=60)
    range_dimension_id: int | None = Field(default=None, foreign_key="range_dimension.id")
    range_low: float | None = None
    range_high: float | None = None
    range_low_open: bool = False
    range_high_open: bool = False
    range_grades: list[str] | None = Field(default=None, sa_type=JsonType)


class Capability(RangeColumns, table=True):
    """Object x parameter x method x range that a service says it can do; accredited or not."""

    id: int | None = Field(default=None, primary_key=True)
    service_id: int = Field(foreign_key="service.id", index=True, ondelete="CASCADE")
    position: int
    term_code: str | None = Field(default=None, foreign_key="capability_term.code", index=True)
    object_id: int | None = Field(default=None, foreign_key="test_object.id")
    parameter_id: int | None = Field(default=None, foreign_key="test_parameter.id")
    standard_id: int | None = Field(default=None, foreign_key="standard.id", index=True)
    standard_number: str | None = Field(default=None, max_length=100)
    standard_year: int | None = None


class Accreditation(PublicId, table=True):
    """A CNAS or CMA certificate, held by the platform's operator or by the partner body `holder_id`."""

    slug: str = Field(unique=True, max_length=120)
    live: bool = LIVE
    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    scheme: Scheme = Field(sa_type=enum_type(Scheme))
    certificate_no: str | None = Field(default=None, max_length=80)
    state: AccreditationState = Field(sa_type=enum_type(AccreditationState))
    holder_id: int | None = Field(default=None, foreign_key="organisation.id")
    valid_from: date | None = None
    valid_to: date | None = None
    verification: Verification = Field(default=Verification.DECLARED, sa_type=enum_type(Verification))
    verified_by: str | None = None
    verified_on: date | None = None
    source: dict[str, Any] | None = Field(default=None, sa_type=JsonType)


def _live_index(name: str, *columns: str) -> Index:
    """An index of published lines only, so that drafts cost readers nothing."""
    return Index(
        f"ix_scope_line_{name}", *columns, sqlite_where=text("live = 1"), postgresql_where=text("live")
    )


_OPEN = text("natural_key IS NOT NULL AND until_revision IS NULL")


class ScopeLine(RangeColumns, table=True):
    """One accredited ability: object, parameter, standard, range, restriction. The scope line is the product.

    `effective_from` and `effective_to` bound the days on which the line stands in the scope (null: as the
    certificate). The line holds in the revisions of its platform from `since_revision` until before
    `until_revision` (null: on). `natural_key` is the digest of what makes two rows one line
    (`app.imports.scope_lines.natural_key`), unique among the lines that hold on. `import_id` is the job that is
    still bringing the line in: until it ends, the line is not there.
    """

    __tablename__ = "scope_line"
    __table_args__ = (
        _live_index("standard_id_accreditation_id", "standard_id", "accreditation_id"),
        _live_index("object_id_accreditation_id", "object_id", "accreditation_id"),
        _live_index("parameter_id_accreditation_id", "parameter_id", "accreditation_id"),
        _live_index("live_accreditation_id", "accreditation_id"),
        Index(
            "uq_scope_line_natural_key",
            "accreditation_id",
            "natural_key",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    accreditation_id: int = Field(foreign_key="accreditation.id", index=True, ondelete="CASCADE")
    site_zh: str | None = None
    object_id: int | None = Field(default=None, foreign_key="test_object.id")
    parameter_id: int | None = Field(default=None, foreign_key="test_parameter.id")
    standard_id: int = Field(foreign_key="standard.id")
    standard_number: str = Field(max_length=100)
    standard_year: int | None = None
    clause: str | None = Field(default=None, max_length=200)
    restriction_zh: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    live: bool = LIVE
    since_revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    until_revision: int | None = None
    natural_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary(16), nullable=True))
    import_id: int | None = None


class ScopePosting(SQLModel, table=True):
    """The scope lines of one standard in one block of accreditations, packed for look-up.

    Derived from `scope_line`, written in the same transaction; the layout is in `app.registry.postings`.
    """

    __tablename__ = "scope_posting"

    standard_id: int = Field(primary_key=True, foreign_key="standard.id")
    block: int = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
