"""Submission: a result goes to a call, is revised, is withdrawn, is opened again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.auth.principal import Principal
from app.calls.people import people_of_call
from app.calls.queries import find_call
from app.calls.reading import places_of, title_of
from app.calls.rules import state_of, takes_field, takes_region
from app.error_handlers import invalid_request
from app.errors import ErrorItem, InvalidRequest
from app.kit.clock import business_day
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.matching.given import stated_needs, understood_needs
from app.matching.snapshot_cache import SnapshotCache
from app.membership.reading import Reader, key_of
from app.models import Call, Organisation, Platform, Result, ResultState, ResultVersion
from app.notices import Notice, NoticeType, notify, uids_of
from app.outbox import AddressedType, Audience
from app.results import queries, schemas
from app.results.attachment_queries import attachments_of
from app.results.change import ENTITY, apply, begin_version, facts, lock_for, record
from app.results.documents import ResultDocument
from app.results.duplicates import known_duplicates
from app.results.errors import CallNotOpen, NotReadyForCall
from app.results.reading import ATTACHMENTS, read_result, title_of_result, view_for_owner
from app.results.rules import Action, takes
from app.results.similarity import fingerprint

_WITHDRAWN = "withdrawn by its owner"


async def submit_result(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    snapshots: SnapshotCache,
    key: str,
    *,
    body: schemas.SubmissionCreate,
    precondition: Precondition,
    now: datetime,
) -> tuple[schemas.SubmissionRead, int]:
    """Give the version that is being written to a call; return it with what says much the same.

    Raises ResultNotFound, PreconditionFailed, WrongState, CallNotOpen, NotReadyForCall, and InvalidRequest for an
    unknown call or a need that cannot be understood.
    """
    result = await lock_for(session, key, Action.SUBMIT, precondition)
    call = await find_call(session, body.call_id)
    if call is None:
        detail = Localized(zh="没有这项征集", en="There is no such call")
        raise InvalidRequest.at("/body/call_id", "unknown_call", detail)
    call_state = state_of(call.opens_at, call.closes_at, call.cancelled_at, now)
    if not takes(result.state, call_state, same_call=result.call_id == call.id):
        raise CallNotOpen
    version = await queries.get_version(session, result, result.newest)
    document = ResultDocument.model_validate(version.document)
    await _require_ready(session, reader, result, document, call)
    await _write_needs(session, snapshots, result, document, now)
    before = facts(result)
    apply(result, Action.SUBMIT)
    result.call_id, result.submitted_at, version.submitted_at = call.id, now, now
    result.fields = list(document.fields)
    _take_fingerprints(result, document)
    told = facts(result, call=str(call.uid))
    await record(session, principal, "result.submitted", result, before=before, after=told)
    await _announce(session, principal, result, version, call, now)
    # The duplicates are looked for in what is stored.
    await session.flush()
    answer = schemas.SubmissionRead(
        result=read_result(await view_for_owner(session, result)),
        possible_duplicates=await known_duplicates(session, result, frozenset(principal.roles)),
    )
    return answer, result.version


async def _require_ready(
    session: AsyncSession, reader: Reader, result: Result, document: ResultDocument, call: Call
) -> None:
    """Raise NotReadyForCall, naming each place of the document that lacks something."""
    said = document.stored()
    said[ATTACHMENTS] = await attachments_of(session, key_of(result), result.newest)
    items = [
        ErrorItem(
            pointer=f"/document/{name}",
            code="required_by_call",
            detail=Localized(zh="征集要求填写此项", en="The call requires this"),
        )
        for name in call.required
        if said.get(name) in (None, [], "")
    ]
    if not takes_field(call.fields, document.fields):
        detail = Localized(
            zh=f"征集只面向这些领域：{'、'.join(call.fields)}",
            en=f"The call is for: {', '.join(call.fields)}",
        )
        items.append(ErrorItem(pointer="/document/fields", code="field_not_called", detail=detail))
    owner = await session.get_one(Organisation, result.organisation_id)
    if not takes_region(call.regions, places_of(reader, owner.region_code)):
        detail = Localized(
            zh=f"征集只面向这些地区的单位：{'、'.join(call.regions)}",
            en=f"The call is for owners of: {', '.join(call.regions)}",
        )
        items.append(ErrorItem(pointer="/organisation/region", code="region_not_called", detail=detail))
    if items:
        raise NotReadyForCall(invalid_request(items).detail, errors=items)


async def _write_needs(
    session: AsyncSession, snapshots: SnapshotCache, result: Result, document: ResultDocument, now: datetime
) -> None:
    """Keep the needs as they are understood today. Raises InvalidRequest for one that cannot be."""
    pointer = "/document/needs"
    vocabulary = (await snapshots.get(session))[0].vocabulary
    stated = stated_needs(document.needs, pointer)
    understood = understood_needs(stated, vocabulary, business_day(now), pointer)
    rows = [
        {
            "need_key": need.stated.id,
            "must": need.stated.must,
            "capability": need.need.term,
            "standard_base": None if need.number is None else need.number.base,
            "stated": {**given.model_dump(mode="json"), "id": need.stated.id},
        }
        for need, given in zip(understood, document.needs, strict=True)
    ]
    await queries.write_needs(session, key_of(result), rows)


def _take_fingerprints(result: Result, document: ResultDocument) -> None:
    teaser = document.public_abstract
    public = [document.title.zh, document.title.en, *((teaser.zh, teaser.en) if teaser else ())]
    result.public_fingerprint = fingerprint(public)
    result.fingerprint = fingerprint(
        [document.title.zh, document.title.en, document.abstract, document.confidential]
    )


async def _announce(
    session: AsyncSession,
    principal: Principal,
    result: Result,
    version: ResultVersion,
    call: Call,
    now: datetime,
) -> None:
    """Tell the people of the call; the title is the only thing that is said of the result."""
    title = title_of_result(version).model_dump()
    people = await people_of_call(session, call)
    await notify(session, people, submitted_notice(result, version, call), now=now)
    event = outbox.Event(
        AddressedType.RESULT_SUBMITTED,
        ENTITY,
        result.uid,
        payload={"slug": result.slug, "title": title, "call": str(call.uid), "version": version.number},
        audience=await _audience(session, call, people),
    )
    outbox.add(session, event, actor=audit.actor_of(principal))


def submitted_notice(result: Result, version: ResultVersion, call: Call) -> Notice:
    """Return what the people of a call are told of a result that came to it."""
    payload = {"title": title_of_result(version).model_dump(), "call": title_of(call).model_dump()}
    cause = f"result_submitted:{result.uid}:{version.number}:{call.uid}"
    return Notice(NoticeType.RESULT_SUBMITTED, ENTITY, result.uid, payload, cause)


async def _audience(session: AsyncSession, call: Call, people: Sequence[int]) -> Audience:
    platform = None if call.platform_id is None else await session.get(Platform, call.platform_id)
    if platform is None or platform.operator_id is None:
        return Audience(people=await uids_of(session, people))
    operator = await session.get_one(Organisation, platform.operator_id)
    return Audience(organisations=frozenset({operator.uid}))


async def revise_result(
    session: AsyncSession, principal: Principal, key: str, precondition: Precondition, *, now: datetime
) -> tuple[schemas.ResultRead, int]:
    """Begin the next version, a copy of the one submitted, which stays with the call.

    Raises ResultNotFound, PreconditionFailed, WrongState, and CallNotOpen where the call would not take it.
    """
    result = await lock_for(session, key, Action.REVISE, precondition)
    if result.state is ResultState.SUBMITTED:
        call = await session.get(Call, result.call_id)
        if call is None or not takes(
            result.state, state_of(call.opens_at, call.closes_at, call.cancelled_at, now), same_call=True
        ):
            raise CallNotOpen
    return await _begin(session, principal, result, Action.REVISE, "result.revised", now)


async def reopen_result(
    session: AsyncSession, principal: Principal, key: str, precondition: Precondition, *, now: datetime
) -> tuple[schemas.ResultRead, int]:
    """Make a withdrawn result a draft again, of no call. Raises ResultNotFound, PreconditionFailed and WrongState."""
    result = await lock_for(session, key, Action.REOPEN, precondition)
    result.call_id = None
    return await _begin(session, principal, result, Action.REOPEN, "result.reopened", now)


async def _begin(
    session: AsyncSession, principal: Principal, result: Result, action: Action, name: str, now: datetime
) -> tuple[schemas.ResultRead, int]:
    before, newest = facts(result), result.newest
    apply(result, action)
    await begin_version(session, result, newest, now)
    await record(session, principal, name, result, before=before, after=facts(result))
    return read_result(await view_for_owner(session, result)), result.version


async def withdraw_result(
    session: AsyncSession,
    principal: Principal,
    key: str,
    *,
    body: schemas.WithdrawalCreate,
    precondition: Precondition,
    now: datetime,
) -> tuple[schemas.ResultRead, int]:
    """Take a result back; who was to judge it need not, and the people of the call are told.

    Raises ResultNotFound, PreconditionFailed and WrongState.
    """
    result = await lock_for(session, key, Action.WITHDRAW, precondition)
    before, was = facts(result), result.state
    apply(result, Action.WITHDRAW)
    await queries.release_assignments(session, key_of(result), reason=_WITHDRAWN, now=now)
    told = facts(result, reason=body.reason)
    await record(session, principal, "result.withdrawn", result, before=before, after=told)
    call = None if result.call_id is None else await session.get(Call, result.call_id)
    if call is not None and was is not ResultState.DRAFT:
        version = await queries.get_version(session, result, result.submitted or result.newest)
        notice = Notice(
            NoticeType.RESULT_WITHDRAWN,
            ENTITY,
            result.uid,
            {"title": title_of_result(version).model_dump()},
            cause=f"result_withdrawn:{result.uid}:{result.version}",
        )
        await notify(session, await people_of_call(session, call), notice, now=now)
    return read_result(await view_for_owner(session, result)), result.version
