"""What calls take and answer."""

import uuid
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from app.calls.rubric import DEFAULT_RUBRIC, Criterion, Rubric
from app.calls.rules import CallState, fault_of_weights
from app.disclosure.rules import FIELDS
from app.kit.i18n import Localized, invalid_value
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.membership.schemas import OrganisationName, Slug
from app.models.membership import Department
from app.registry.params import DemoFilter
from app.vocabulary.schemas import Coded

ATTACHMENTS = "attachments"
REQUIRABLE = (*FIELDS, ATTACHMENTS)
"""What a call may ask of a submission: any field of a result, and attachments."""

MOST_FIELDS = 20


def _requirable(name: str) -> str:
    if name not in REQUIRABLE:
        raise invalid_value(
            "unknown_field",
            f"没有成果字段“{name}”，可选：{'、'.join(REQUIRABLE)}",
            f"There is no field {name!r} of a result; there are: {', '.join(REQUIRABLE)}",
        )
    return name


Code = Annotated[str, Field(min_length=1, max_length=64)]
FieldCodes = Annotated[
    list[Code], Field(max_length=MOST_FIELDS, description="codes of `/v1/fields`; none: any")
]
RegionCodes = Annotated[
    list[Code],
    Field(
        max_length=MOST_FIELDS,
        description="provinces, cities or counties (GB/T 2260) that owners must be of; none: any",
    ),
]
Required = Annotated[
    list[Annotated[str, Field(max_length=40), AfterValidator(_requirable)]],
    Field(max_length=len(REQUIRABLE), description="fields that a submission must have", examples=[["trl"]]),
]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=8000)]


class CallTitle(Given):
    """A title in Chinese and, where there is one, in English."""

    zh: ShortText = Field(examples=["2027 年度新能源领域概念验证项目征集"])
    en: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class CallText(Given):
    """A text in Chinese and, where there is one, in English."""

    zh: LongText
    en: LongText | None = None


def _whole(rubric: list[Criterion]) -> list[Criterion]:
    fault = fault_of_weights([one.weight for one in rubric])
    if fault is not None:
        raise invalid_value("invalid_rubric", fault.zh, fault.in_lang("en"))
    return rubric


CallRubric = Annotated[Rubric, AfterValidator(_whole)]


class CallCreate(Given):
    """A call of a published verification centre (`platform_id`), or of a department (`department`, `region_code`)."""

    platform_id: Annotated[str, Field(min_length=1, max_length=200, description="id or slug")] | None = None
    department: Department | None = None
    region_code: Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["330100"])] | None = Field(
        default=None, description="province or city of the department"
    )
    slug: Slug | None = Field(default=None, description="readable id; without it one is made")
    title: CallTitle
    description: CallText | None = None
    fields: FieldCodes = Field(default_factory=list)
    regions: RegionCodes = Field(default_factory=list)
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    rubric: CallRubric = Field(
        default_factory=lambda: list(DEFAULT_RUBRIC),
        description="weights sum up to 100; without it the usual five criteria",
    )
    required: Required = Field(default_factory=list)
    experts_per_result: int = Field(default=3, ge=1, le=15)
    disagreement_bound: int = Field(default=20, ge=1, le=100, description="points of 100")

    @model_validator(mode="after")
    def _one_owner(self) -> "CallCreate":
        by_department = self.department is not None and self.region_code is not None
        by_platform = self.department is None and self.region_code is None
        if (self.platform_id is None and by_department) or (self.platform_id is not None and by_platform):
            return self
        raise invalid_value(
            "one_owner",
            "须给出 platform_id，或同时给出 department 与 region_code",
            "Give either platform_id, or department and region_code together",
        )


class CallUpdate(Given):
    """What shall change; what is left out stays. Once open, only the title and a later `closes_at`."""

    title: CallTitle | None = Field(default=None, description="cannot be cleared")
    description: CallText | None = Field(default=None, description="null clears")
    fields: FieldCodes | None = None
    regions: RegionCodes | None = None
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    rubric: CallRubric | None = None
    required: Required | None = None
    experts_per_result: int | None = Field(default=None, ge=1, le=15)
    disagreement_bound: int | None = Field(default=None, ge=1, le=100)


class CallCancel(Given):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class CallFilters(PageParams):
    """Different filters are joined by and."""

    state: list[CallState] = Field(default=[], max_length=4, description="any of these, at this moment")
    field: Code | None = Field(default=None, description="calls that take results of this field")
    region: Code | None = Field(default=None, description="calls that take results from this place")
    platform: str | None = Field(default=None, max_length=200, description="id or slug of a centre")
    department: Department | None = Field(default=None, description="only calls of this kind of department")
    q: str | None = Field(default=None, min_length=1, max_length=100, description="words of the title")
    demo: DemoFilter = None


class CallPlatform(Read):
    id: uuid.UUID
    slug: str
    name: Localized


class CallOwner(Read):
    """Who calls: a verification centre and its operator, or a department."""

    platform: CallPlatform | None
    organisation: OrganisationName | None = Field(description="operator of the centre")
    department: Department | None
    region: Coded | None


class CallRead(Read):
    id: uuid.UUID
    slug: str
    title: Localized
    description: Localized | None
    owner: CallOwner
    fields: list[Coded] = Field(description="empty: any")
    regions: list[Coded] = Field(description="empty: any")
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    state: CallState
    cancelled_at: AwareDatetime | None
    cancel_reason: str | None
    rubric: list[Criterion]
    required: list[str] = Field(description="fields that a submission must have")
    experts_per_result: int
    disagreement_bound: int = Field(
        description="one more expert is asked where totals differ by more, in points of 100"
    )
    demo: bool
