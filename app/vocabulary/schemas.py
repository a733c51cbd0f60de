"""What the vocabularies answer."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.kit.i18n import Localized
from app.kit.pagination import PageParams
from app.kit.schemas import Read
from app.vocabulary.rules import EditionState

T = TypeVar("T")

Label = Annotated[str, Field(description="name in the language asked", examples=["新能源"])]
Confidence = Annotated[
    Literal["seen", "known"],
    Field(description="`seen`: stated by the source; `known`: general knowledge, to be checked"),
]


class Listing(Read, Generic[T]):
    """A whole list; it has no pages."""

    items: list[T]


class Coded(Read):
    """A code of a vocabulary and its name."""

    code: str = Field(examples=["salt_spray"])
    label: Label


class Crosswalk(Read):
    """The field seen through another official taxonomy."""

    taxonomy: str = Field(
        description="`cluster_415x`, `science_315`, `zj_2025_focus` or `miit_6`", examples=["cluster_415x"]
    )
    code: str = Field(examples=["fine_chemicals"])
    name_zh: str | None = Field(examples=["精细化工"])


class SubDirection(Read):
    code: str = Field(examples=["new_energy.03"])
    name: Localized
    label: Label


class FieldRead(Read):
    """An industry field, or one of its sub-directions (then with `parent_code`)."""

    code: str = Field(examples=["new_energy"])
    parent_code: str | None = Field(description="null for a field itself")
    name: Localized
    label: Label
    aliases: list[str] = Field(examples=[["光伏", "氢能"]])
    in_plan: bool = Field(description="named by the provincial plans")
    note: str | None
    sub_directions: list[SubDirection]
    crosswalks: list[Crosswalk]


class RegionLevel(StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


class RegionFilters(BaseModel):
    """Filters of the list of regions."""

    model_config = ConfigDict(extra="forbid")

    parent: str | None = Field(
        default=None, max_length=6, description="code of the region above", examples=["330100"]
    )
    level: RegionLevel | None = Field(default=None, description="only regions of this level")
    retired: bool = Field(
        default=False, description="true: only abolished codes, with successors; false: only codes in use"
    )


class RegionRead(Read):
    """A province, city or county by its GB/T 2260 code."""

    code: str = Field(examples=["330110"])
    parent_code: str | None = Field(examples=["330100"])
    level: RegionLevel
    name: Localized
    label: Label
    short_zh: str | None = Field(examples=["杭州"])
    slug: str | None = Field(examples=["hangzhou"])
    lat: float | None = Field(description="degrees north, approximate; null where the source has none")
    lon: float | None = Field(description="degrees east, approximate; null where the source has none")
    retired: str | None = Field(
        description="year of abolition, where the source states it", examples=["2021"]
    )
    successor_codes: list[str] = Field(description="what an abolished code became; empty for one in use")


class FunctionRead(Read):
    code: str = Field(examples=["test_inspection"])
    name: Localized
    label: Label
    synonyms: list[str]


class FunctionGroup(Read):
    """Service functions of one official list. One code may stand in several groups."""

    group: str = Field(examples=["pilot_solution"])
    name: Localized
    label: Label
    in_plan: bool = Field(description="from the provincial plans")
    functions: list[FunctionRead]


class FunctionFilters(BaseModel):
    """Filters of the list of service functions."""

    model_config = ConfigDict(extra="forbid")

    group: str | None = Field(
        default=None, max_length=40, description="only this official list", examples=["pilot_solution"]
    )


Text = Annotated[str | None, Field(max_length=200)]
FieldCodes = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64)]],
    Field(max_length=50, description="codes of `/v1/fields`; any of them", examples=[["new_materials"]]),
]


class TermFilters(PageParams):
    """Filters of the list of capability terms."""

    q: Text = Field(
        default=None, description="part of a name or synonym, Chinese or English", examples=["盐雾"]
    )
    field: FieldCodes = Field(default=[])


class Designation(Read):
    """An approval beyond CNAS and CMA that may be needed, depending on what the report is for."""

    approval_zh: str
    authority_zh: str
    when_zh: str


class TermListed(Read):
    code: str = Field(examples=["salt_spray"])
    name: Localized
    label: Label
    synonyms: list[str] = Field(
        description="words by which people look for it, narrower tests included",
        examples=[["中性盐雾", "循环腐蚀"]],
    )
    same_as: list[str] = Field(
        description="synonyms and English names that mean exactly the same and count as it in a verdict"
    )
    fields: list[Coded]
    designation: Designation | None


class _StandardFacts(Read):
    base: str = Field(description="number without a year", examples=["GB/T 10125"])
    title: Localized | None = Field(description="null for a number that is only cited")
    capability: Coded | None = Field(description="the capability term that the standard serves")
    fields: list[Coded]
    listed: bool = Field(description="false for a number that is only cited by somebody")


class StandardBrief(_StandardFacts):
    """A standard whatever its edition."""

    editions: list[str] = Field(description="numbers under which it is cited", examples=[["GB/T 10125-2021"]])


class TermRead(TermListed):
    """A capability term with the standards that serve it."""

    standards: list[StandardBrief]


class StandardFilters(PageParams):
    """Filters of the list of standards."""

    q: Text = Field(
        default=None,
        description="a standard number in any spelling, the beginning of one, or words of the title or term",
        examples=["GBT2423.17"],
    )
    capability: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        default=[],
        max_length=50,
        description="codes of `/v1/capability-terms`; any of them",
        examples=[["salt_spray"]],
    )
    field: FieldCodes = Field(default=[])
    listed: bool | None = Field(
        default=None, description="true: only standards of the vocabulary; false: only numbers cited"
    )


class Edition(Read):
    number: str = Field(examples=["GB/T 10125-2021"])
    year: int | None = Field(examples=[2021])
    state: EditionState = Field(description="on the day asked, as far as the known relations say")


class Equivalent(Read):
    """`adopts`: this standard adopts `other`; `adopted_by`: `other` adopts this one."""

    number: str = Field(description="the edition of this standard", examples=["GB/T 10125-2021"])
    direction: Literal["adopts", "adopted_by"]
    other: str = Field(examples=["ISO 9227:2017"])
    degree: Literal["IDT", "MOD", "NEQ"]
    source: str
    confidence: Confidence


class Replacement(Read):
    """One edition replaced another. `steps` 2 and more: through editions in between."""

    old: str = Field(examples=["GB/T 10125-2012"])
    new: str = Field(examples=["GB/T 10125-2021"])
    effective: date | None = Field(description="null where the source gives no date", examples=["2022-03-01"])
    in_force: bool | None = Field(description="whether effective on the day asked; null without a date")
    steps: int = Field(ge=1, examples=[1])
    source: str
    confidence: Confidence


class StandardRead(_StandardFacts):
    """A standard, or the edition that was asked for, with what replaced it and what it corresponds to.

    Relations inform and warn; a line under an equivalent or another edition never meets a need.
    """

    number: str = Field(description="as asked, in canonical form", examples=["GB/T 10125-2021"])
    year: int | None = Field(description="of the edition asked for; null when none was")
    body: str | None = Field(examples=["GB/T"])
    kind: str | None = Field(examples=["national_recommended"])
    on_date: date
    editions: list[Edition]
    equivalents: list[Equivalent]
    supersedes: list[Replacement]
    superseded_by: list[Replacement]
