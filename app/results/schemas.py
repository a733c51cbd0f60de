"""What results take and answer."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.kit.i18n import Localized
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.membership.schemas import OrganisationName, Slug
from app.models.results import DisclosureTier, ResultState
from app.results.documents import LocalizedGiven, ResultDocument
from app.vocabulary.schemas import Coded

Key = Annotated[str, Field(min_length=1, max_length=200)]
FieldName = Annotated[str, Field(max_length=40)]
TiersGiven = Annotated[
    dict[FieldName, DisclosureTier],
    Field(
        max_length=40,
        description="fields of the document with the tier of each; what is left out has its default tier",
        examples=[{"keywords": "members", "needs": "granted"}],
    ),
]
CoOwners = Annotated[
    list[Key],
    Field(
        max_length=20,
        description="ids or slugs of further organisations that own a part; they read everything",
    ),
]


class ResultCreate(Given):
    """A draft, known to its owners only. One must be editor or owner of the organisation."""

    organisation_id: Key = Field(description="id or slug of the organisation that owns it")
    slug: Slug | None = Field(default=None, description="readable id; without it one is made")
    document: ResultDocument
    tiers: TiersGiven = Field(default_factory=dict)
    co_owner_ids: CoOwners = Field(default_factory=list)


class ResultUpdate(Given):
    """What shall change; what is left out stays. A `document` takes the place of the whole one."""

    document: ResultDocument | None = None
    co_owner_ids: CoOwners | None = None


class TiersUpdate(Given):
    tiers: TiersGiven


class SubmissionCreate(Given):
    call_id: Key = Field(description="id or slug of the call")


class WithdrawalCreate(Given):
    reason: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


class ResultFilters(PageParams):
    """Different filters are joined by and."""

    own: bool | None = Field(default=None, description="true: only those of one's own organisations")
    state: list[ResultState] = Field(default=[], max_length=7, description="any of these")
    call: str | None = Field(default=None, max_length=200, description="id or slug of a call")
    field: str | None = Field(default=None, max_length=64, description="code of a field, or of one within it")


class CallName(Read):
    id: uuid.UUID
    slug: str
    title: Localized


class ResultSummary(Read):
    """A result in a list: what everybody who knows of it may read."""

    id: uuid.UUID
    slug: str
    state: ResultState
    title: LocalizedGiven
    public_abstract: LocalizedGiven | None
    fields: list[Coded]
    organisation: OrganisationName
    call: CallName | None
    my_clearance: DisclosureTier = Field(description="the highest tier that one may read of it")
    mine: bool = Field(description="whether an organisation of one's own owns it")
    submitted_at: datetime | None
    created_at: datetime
    demo: bool


class AttachmentRead(Read):
    id: uuid.UUID
    name: str
    media_type: str = Field(description="what the content was found to be", examples=["application/pdf"])
    size: int = Field(description="bytes")
    sha256: str
    tier: DisclosureTier
    created_at: datetime


class AttachmentUpdate(Given):
    tier: DisclosureTier


class ResultRead(Read):
    """A result as far as one may read it. What others are shown is the version last submitted."""

    id: uuid.UUID
    slug: str
    state: ResultState
    organisation: OrganisationName
    co_owners: list[OrganisationName]
    call: CallName | None
    version: int = Field(description="number of the version shown")
    submitted_version: int | None = Field(description="number of the version last submitted")
    submitted_at: datetime | None
    document: ResultDocument = Field(description="a field that is withheld is null or empty")
    withheld: dict[str, DisclosureTier] = Field(
        description="fields that say something one may not read, with the tier needed",
        examples=[{"people": "granted"}],
    )
    tiers: dict[str, DisclosureTier] | None = Field(description="the tier of every field; for owners only")
    attachments: list[AttachmentRead]
    my_clearance: DisclosureTier
    mine: bool
    created_at: datetime
    demo: bool


class DuplicateRead(Read):
    """A result that says much the same."""

    id: uuid.UUID
    slug: str
    title: LocalizedGiven
    organisation: OrganisationName
    state: ResultState
    likeness: float = Field(ge=0, le=1, description="share of 4-grams in common, estimated; 1: the same text")


class SubmissionRead(Read):
    result: ResultRead
    possible_duplicates: list[DuplicateRead] = Field(
        description="own results, and public ones by their public text, from a likeness of 0.5; never refused"
    )


class DuplicatesRead(Read):
    """Every submitted result that says much the same, most alike first."""

    items: list[DuplicateRead]


class VersionSummary(Read):
    number: int
    created_at: datetime
    submitted_at: datetime | None = Field(description="null: being written")


class ResultVersionsRead(Read):
    items: list[VersionSummary]


class VersionRead(Read):
    """One version, as far as one may read it; its tiers are those of today."""

    number: int
    created_at: datetime
    submitted_at: datetime | None
    document: ResultDocument
    withheld: dict[str, DisclosureTier]
    attachments: list[AttachmentRead]
