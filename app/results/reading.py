"""Results as they are answered: whatever is shown of one went through `app.disclosure`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.calls.reading import fields_of, title_of
from app.calls.rules import CallState, state_of
from app.disclosure.clearance import clearance
from app.disclosure.readings import Reading
from app.disclosure.rules import (
    FIELDS,
    NO_CLEARANCE,
    OWNER,
    Clearance,
    Disclosed,
    disclosed,
    is_known,
    tier_of,
)
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.membership.reading import Reader, key_of
from app.membership.schemas import OrganisationName
from app.models import Attachment, Call, DisclosureTier, Organisation, Result, ResultVersion
from app.results import queries, schemas
from app.results.attachment_queries import attachments_of
from app.results.documents import LocalizedGiven, ResultDocument
from app.results.errors import ResultNotFound, VersionNotFound

ATTACHMENTS = "attachments"


@dataclass(frozen=True)
class View:
    """One version of a result with what belongs to it, and how much of it somebody may read."""

    result: Result
    owner: Organisation
    co_owners: Sequence[Organisation]
    call: Call | None
    version: ResultVersion
    attachments: Sequence[Attachment]
    clearance: Clearance

    @property
    def disclosed(self) -> Disclosed:
        """What of the document may be read, attachments not included."""
        return disclosed(self.version.document, self.version.tiers, self.clearance)

    @property
    def readable_attachments(self) -> list[Attachment]:
        return [one for one in self.attachments if self.clearance.covers(one.tier)]

    @property
    def withheld(self) -> dict[str, DisclosureTier]:
        """The fields that are not shown, with the tier at which the first of each is."""
        hidden = [one.tier for one in self.attachments if not self.clearance.covers(one.tier)]
        names = dict(self.disclosed.withheld)
        return {**names, ATTACHMENTS: min(hidden, key=list(DisclosureTier).index)} if hidden else names

    @property
    def reading(self) -> Reading | None:
        """What is to be recorded when this is shown; None: nothing."""
        if self.clearance.owns:
            return None
        fields = dict(self.disclosed.confidential)
        tiers = [one.tier for one in self.readable_attachments if one.tier is not DisclosureTier.PUBLIC]
        if tiers:
            fields[ATTACHMENTS] = max(tiers, key=list(DisclosureTier).index)
        return Reading(self.result.uid, self.version.number, fields) if fields else None


async def known_result(
    session: AsyncSession, principal: Principal, key: str, *, now: datetime
) -> tuple[Result, Call | None, Clearance]:
    """Return a result that the principal may know of. Raises ResultNotFound."""
    result = await queries.get_result(session, key)
    call = None if result.call_id is None else await session.get(Call, result.call_id)
    cleared = await clearance(session, principal, key_of(result), today=business_day(now))
    if not is_known(result.state, cleared, call_is_open=_is_open(call, now)):
        raise ResultNotFound
    return result, call, cleared


def _is_open(call: Call | None, now: datetime) -> bool:
    return call is not None and (
        state_of(call.opens_at, call.closes_at, call.cancelled_at, now) is CallState.OPEN
    )


async def view_of(
    session: AsyncSession, principal: Principal, key: str, *, now: datetime, number: int | None = None
) -> View:
    """Return a version of a result: to owners the newest, to others the one last submitted, or the one with `number`.

    Earlier versions are for owners, and for those who read what is sealed. Raises ResultNotFound and VersionNotFound.
    """
    result, call, cleared = await known_result(session, principal, key, now=now)
    shown = result.newest if cleared.owns else result.submitted or 0
    if number is not None and number != shown:
        if not may_read_version(result, number, cleared):
            raise VersionNotFound
        shown = number
    return await _view(session, result, call, shown, cleared)


def may_read_version(result: Result, number: int, cleared: Clearance) -> bool:
    """Tell whether a version may be read at all: by owners each, by others one that was submitted."""
    if cleared.owns:
        return True
    if number == result.submitted:
        return True
    return (
        cleared.covers(DisclosureTier.SEALED) and result.submitted is not None and number <= result.submitted
    )


async def view_for_owner(session: AsyncSession, result: Result) -> View:
    """Return the newest version as its owner reads it."""
    call = None if result.call_id is None else await session.get(Call, result.call_id)
    return await _view(session, result, call, result.newest, OWNER)


async def _view(
    session: AsyncSession, result: Result, call: Call | None, number: int, cleared: Clearance
) -> View:
    return View(
        result=result,
        owner=await session.get_one(Organisation, result.organisation_id),
        co_owners=await queries.co_owners_of(session, key_of(result)),
        call=call,
        version=await queries.get_version(session, result, number),
        attachments=await attachments_of(session, key_of(result), number),
        clearance=cleared,
    )


def organisation_name(organisation: Organisation) -> OrganisationName:
    name = Localized(zh=organisation.name_zh, en=organisation.name_en)
    return OrganisationName(id=organisation.uid, slug=organisation.slug, name=name)


def call_name(call: Call | None) -> schemas.CallName | None:
    return None if call is None else schemas.CallName(id=call.uid, slug=call.slug, title=title_of(call))


def title_of_result(version: ResultVersion) -> LocalizedGiven:
    """Return the title, which is always public."""
    return LocalizedGiven.model_validate(version.document["title"])


def read_attachment(row: Attachment) -> schemas.AttachmentRead:
    return schemas.AttachmentRead(
        id=row.uid,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        tier=row.tier,
        created_at=row.created_at,
    )


def read_result(view: View) -> schemas.ResultRead:
    """Return the result as far as the view's clearance goes."""
    result, version, cleared = view.result, view.version, view.clearance
    return schemas.ResultRead(
        id=result.uid,
        slug=result.slug,
        state=result.state,
        organisation=organisation_name(view.owner),
        co_owners=[organisation_name(one) for one in view.co_owners],
        call=call_name(view.call),
        version=version.number,
        submitted_version=result.submitted,
        submitted_at=result.submitted_at,
        document=ResultDocument.model_validate(view.disclosed.document),
        withheld=view.withheld,
        tiers={field: tier_of(field, version.tiers) for field in FIELDS} if cleared.owns else None,
        attachments=[read_attachment(one) for one in view.readable_attachments],
        my_clearance=cleared.tier,
        mine=cleared.owns,
        created_at=result.created_at,
        demo=result.demo,
    )


def read_version(view: View) -> schemas.VersionRead:
    return schemas.VersionRead(
        number=view.version.number,
        created_at=view.version.created_at,
        submitted_at=view.version.submitted_at,
        document=ResultDocument.model_validate(view.disclosed.document),
        withheld=view.withheld,
        attachments=[read_attachment(one) for one in view.readable_attachments],
    )


def read_summary(
    reader: Reader,
    result: Result,
    owner: Organisation,
    call: Call | None,
    version: ResultVersion,
    cleared: Clearance,
) -> schemas.ResultSummary:
    """Return what everybody who knows of the result may read, whoever asks: nothing of it is to be recorded."""
    shown = disclosed(version.document, version.tiers, NO_CLEARANCE).document
    return schemas.ResultSummary(
        id=result.uid,
        slug=result.slug,
        state=result.state,
        title=shown["title"],
        public_abstract=shown.get("public_abstract"),
        fields=fields_of(reader, shown["fields"]),
        organisation=organisation_name(owner),
        call=call_name(call),
        my_clearance=cleared.tier,
        mine=cleared.owns,
        submitted_at=result.submitted_at,
        created_at=result.created_at,
        demo=result.demo,
    )
