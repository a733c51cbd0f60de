"""The controlled words: fields, regions, service functions, capability terms, standards."""

from datetime import date
from typing import Any

from sqlalchemy import true
from sqlmodel import Field, SQLModel

from app.models.base import JsonType


class FieldOfIndustry(SQLModel, table=True):
    """An industry field (产业领域) or, with a parent, one of its sub-directions. Source: plans, 15 named and 其他."""

    __tablename__ = "field"

    code: str = Field(primary_key=True, max_length=64)
    parent_code: str | None = Field(default=None, foreign_key="field.code", index=True)
    position: int
    name_zh: str
    name_en: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=JsonType)
    in_plan: bool
    note: str | None = None


class FieldCrosswalk(SQLModel, table=True):
    """One field seen through another official taxonomy, such as the 415X clusters or the 315 science system."""

    __tablename__ = "field_crosswalk"

    field_code: str = Field(primary_key=True, foreign_key="field.code")
    taxonomy: str = Field(primary_key=True, max_length=40)
    code: str = Field(primary_key=True, max_length=80)
    name_zh: str | None = None


class Region(SQLModel, table=True):
    """A province, city or county by its GB/T 2260 code. Retired codes stay, pointing to their successors."""

    code: str = Field(primary_key=True, max_length=6)
    parent_code: str | None = Field(default=None, foreign_key="region.code", index=True)
    level: str = Field(max_length=12)
    slug: str | None = None
    name_zh: str
    short_zh: str | None = None
    name_en: str | None = None
    lat: float | None = None
    lon: float | None = None
    retired: str | None = None
    successor_codes: list[str] = Field(default_factory=list, sa_type=JsonType)


class ServiceFunction(SQLModel, table=True):
    """What a service is for (服务功能). One code may stand in several groups; three groups are the plans'."""

    __tablename__ = "service_function"

    group: str = Field(primary_key=True, max_length=40)
    code: str = Field(primary_key=True, max_length=64)
    position: int
    name_zh: str
    name_en: str
    synonyms: list[str] = Field(default_factory=list, sa_type=JsonType)
    in_plan: bool


class CapabilityTerm(SQLModel, table=True):
    """A kind of test or work (能力术语), such as `salt_spray`.

    `synonyms` are words by which it is searched; `same_as` are those, English names among them, that mean exactly
    the same, so that they may stand for each other in a verdict. `designation` names an approval beyond CNAS and CMA
    that may be needed: approval_zh, authority_zh, when_zh.
    """

    __tablename__ = "capability_term"

    code: str = Field(primary_key=True, max_length=64)
    position: int
    name_zh: str
    name_en: str
    synonyms: list[str] = Field(default_factory=list, sa_type=JsonType)
    same_as: list[str] = Field(default_factory=list, sa_type=JsonType)
    field_codes: list[str] = Field(default_factory=list, sa_type=JsonType)
    designation: dict[str, Any] | None = Field(default=None, sa_type=JsonType)


class Standard(SQLModel, table=True):
    """A standard whatever its edition, by base number (`GB/T 2423.17`), and the capability term it serves.

    `listed` is false for a number that only appears in somebody's scope and is not in the vocabulary.
    """

    id: int | None = Field(default=None, primary_key=True)
    base: str = Field(unique=True, max_length=80)
    key: str = Field(unique=True, max_length=80)
    body: str | None = None
    kind: str | None = None
    title_zh: str | None = None
    capability_code: str | None = Field(default=None, foreign_key="capability_term.code", index=True)
    field_codes: list[str] = Field(default_factory=list, sa_type=JsonType)
    listed: bool


class StandardEdition(SQLModel, table=True):
    """One number of a standard as it is cited, with its year (`GB/T 2423.17-2008`) or without.

    Every number that a scope line or capability cites has a row; `listed` is false for one that is not in the
    vocabulary, which is public only while something published cites it.
    """

    __tablename__ = "standard_edition"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=100)
    standard_id: int = Field(foreign_key="standard.id", index=True)
    year: int | None = None
    listed: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class StandardEquivalence(SQLModel, table=True):
    """`number` adopts the international document `adopts`. Degree IDT or MOD. It informs, never changes a verdict."""

    __tablename__ = "standard_equivalence"

    number: str = Field(primary_key=True, max_length=100)
    adopts: str = Field(primary_key=True, max_length=100)
    base: str = Field(index=True, max_length=80)
    adopts_base: str = Field(index=True, max_length=80)
    degree: str = Field(max_length=8)
    source: str
    confidence: str = Field(max_length=12)


class StandardSupersession(SQLModel, table=True):
    """Edition `new` replaces `old` from `effective` on (null: the source gives no date)."""

    __tablename__ = "standard_supersession"

    old: str = Field(primary_key=True, max_length=100)
    new: str = Field(primary_key=True, max_length=100)
    old_base: str = Field(index=True, max_length=80)
    new_base: str = Field(index=True, max_length=80)
    effective: date | None = None
    source: str
    confidence: str = Field(max_length=12)


class TestObject(SQLModel, table=True):
    """A test object (检测对象) named in scopes, kept once; `key` is its normal form."""

    __tablename__ = "test_object"
    __test__ = False

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=300)
    name_zh: str = Field(max_length=300)


class BroaderObject(SQLModel, table=True):
    """A line for `broader_key` also covers `narrower_key` (both normal forms of object names)."""

    __tablename__ = "broader_object"

    narrower_key: str = Field(primary_key=True, max_length=300)
    broader_key: str = Field(primary_key=True, max_length=300)
    source: str


class TestParameter(SQLModel, table=True):
    """A test parameter (项目/参数) named in scopes, kept once; `key` is its normal form."""

    __tablename__ = "test_parameter"
    __test__ = False

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=300)
    name_zh: str = Field(max_length=300)


class RangeDimension(SQLModel, table=True):
    """A physical dimension, count or grade scale that ranges are stated in, kept once."""

    __tablename__ = "range_dimension"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=80)
