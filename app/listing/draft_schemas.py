"""What the drafts of platforms take and answer."""

import uuid
from copy import copy
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.kit.schemas import Given, Read
from app.listing.document_types import OrganisationRef
from app.listing.documents import (
    AccreditationDocument,
    ContactDocument,
    EquipmentDocument,
    IntakeStepDocument,
    PlatformDocument,
    ScopeLineDocument,
    ServiceDocument,
    SettingDocument,
)
from app.listing.findings import Severity
from app.listing.items import Change
from app.membership.schemas import OrganisationName, Slug
from app.models.listing import ItemKind, ListingState
from app.models.registry import PlatformKind, Tier

D = TypeVar("D", bound=BaseModel)


def changes_to(document: type[BaseModel], name: str) -> type[Given]:
    """Return the body of an edit of a document: what is left out stays, null clears what may be null."""
    fields: dict[str, Any] = {}
    for each, info in document.model_fields.items():
        optional = copy(info)
        # Without a default in the schema, as there is none: what is left out is not touched.
        optional.default, optional.default_factory = ..., lambda: None
        fields[each] = (info.annotation, optional)
    body = create_model(name, __base__=Given, __module__=__name__, **fields)
    body.__doc__ = "What shall change; what is left out stays, null clears."
    return body


def changed(document: type[D], stored: Any, body: BaseModel) -> D:
    """Return the document with the changes of a body. Raises RequestValidationError for what does not fit together."""
    merged = {**stored, **body.model_dump(mode="json", exclude_unset=True)}
    try:
        return document.model_validate(merged)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise RequestValidationError(found) from None


class PlatformCreate(Given):
    """A platform that an organisation lists. Nobody but its people and the department sees it before publication."""

    organisation_id: OrganisationRef = Field(
        description="id or slug of the operator, of which one is owner or editor",
        examples=["hangzhou-battery-lab"],
    )
    kind: PlatformKind
    slug: Slug | None = Field(default=None, description="readable id; without it one is made")
    document: PlatformDocument


class ItemFinding(Read):
    """Something missing or doubtful in an item by itself; `GET .../completeness` judges the whole draft."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    code: str = Field(examples=["price_missing"])
    severity: Severity = Field(description="an error keeps the draft from being submitted")
    pointer: str = Field(description="JSON pointer into the document", examples=["/price_options"])
    why: Localized = Field(description="why it matters")
    mend: Localized = Field(description="how to mend it")
    nearest: list[str] = Field(description="valid values close to what was written, best first")


class DraftItem(Read, Generic[D]):
    """One item of the draft. `version` is the one that `If-Match` names."""

    id: uuid.UUID
    kind: ItemKind
    version: int
    change: Change = Field(description="what the draft does to it, beside what is published")
    document: D
    findings: list[ItemFinding] | None = Field(
        description="what is missing or doubtful; in answers to an edit only, else null"
    )


class DraftPlatform(DraftItem[PlatformDocument]):
    """The platform itself."""


class DraftService(DraftItem[ServiceDocument]):
    """A service of the draft."""


class DraftEquipment(DraftItem[EquipmentDocument]):
    """Equipment of the draft."""


class DraftSetting(DraftItem[SettingDocument]):
    """A test environment or application scenario of the draft."""


class DraftContact(DraftItem[ContactDocument]):
    """A contact; of a published platform it is public at once."""


class DraftIntakeStep(DraftItem[IntakeStepDocument]):
    """A step of the intake procedure of the draft."""


class DraftAccreditation(DraftItem[AccreditationDocument]):
    """An accreditation of the draft; its scope lines are listed apart."""


class DraftScope(Read):
    """How many scope lines an accreditation has in the draft."""

    accreditation_id: uuid.UUID
    lines: int


class DraftRead(Read):
    """A platform as its draft has it; where there is none, as it is published."""

    id: uuid.UUID
    slug: str = Field(examples=["hangzhou-battery-lab"])
    kind: PlatformKind
    organisation: OrganisationName | None = Field(description="the operator; null: nobody speaks for it yet")
    state: ListingState
    revision: int
    published_revision: int | None = Field(description="the one that the public sees; null: none")
    version: int = Field(description="of the whole draft; also the `ETag`")
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_note: str | None
    tier: Tier | None = Field(description="written by the competent department only")
    recognised_on: date | None
    verified: bool
    platform: DraftPlatform
    services: list[DraftService]
    equipment: list[DraftEquipment]
    settings: list[DraftSetting]
    contacts: list[DraftContact]
    intake_steps: list[DraftIntakeStep]
    accreditations: list[DraftAccreditation]
    scope: list[DraftScope]


class DraftLine(Read):
    """One scope line of the draft. `change` is `added` for an edited line too: the published one is another."""

    id: int
    accreditation_id: uuid.UUID
    version: int
    change: Change
    in_vocabulary: bool = Field(description="false: the standard is kept, and proposed for the vocabulary")
    document: ScopeLineDocument


class DraftLineFilters(PageParams):
    accreditation: str | None = Field(
        default=None, min_length=1, max_length=200, description="id or slug; only lines of this accreditation"
    )


class DraftFieldChange(Read):
    """One place in the document of an item."""

    pointer: str = Field(description="JSON pointer into the document", examples=["/title_zh"])
    before: Any = Field(description="null: nothing was said")
    after: Any = Field(description="null: nothing is said any more")


class ItemChange(Read):
    """What the draft does to one item."""

    kind: ItemKind
    id: uuid.UUID
    name: str = Field(examples=["锂电池安全性能检测"])
    change: Change
    fields: list[DraftFieldChange]


class LineChangeCounts(Read):
    """How many scope lines the draft adds, takes out, and changes while they stay the same line."""

    added: int
    removed: int
    edited: int


class LineChange(Read):
    """What the draft does to one scope line. The natural key makes it the same line; with another it is another."""

    id: int
    accreditation_id: uuid.UUID
    change: Change
    before: ScopeLineDocument | None
    after: ScopeLineDocument | None


class DraftChanges(Read):
    """The newest revision beside the published one; empty where there is no draft."""

    revision: int
    published_revision: int | None
    state: ListingState
    items: list[ItemChange]
    scope_lines: LineChangeCounts
    lines: Page[LineChange]
