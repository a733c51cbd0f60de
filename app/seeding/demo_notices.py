"""What the demo accounts were told while the demo pool went on: the newest of it, of which the last is unread."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.telling import assigned_notice, decision_notice
from app.calls.people import EDITORS, people_of_call
from app.membership.reading import key_of
from app.models import (
    AccessRequest,
    Assignment,
    Call,
    Decision,
    Membership,
    Organisation,
    OrganisationRole,
    PoolProject,
    Result,
    ResultOwner,
    ResultVersion,
    metadata,
)
from app.notices import Notice, notify
from app.pool.telling import stage_notice
from app.results.access_usecases import asked_notice
from app.results.reading import title_of_result
from app.results.submission_usecases import submitted_notice

MOST, UNREAD = 6, 2
"""So many things at most each account was told, and so many of them it has not read."""

_READ_AFTER = timedelta(hours=3)
_TABLES = metadata.tables
_RESULT, _VERSION = _TABLES["result"].c, _TABLES["result_version"].c
_NOTIFICATION, _MEMBERSHIP = _TABLES["notification"], _TABLES["membership"].c

Pooled = tuple[Result, ResultVersion]


@dataclass(frozen=True)
class _Told:
    """Something that people were told at a time."""

    at: datetime
    people: Collection[int]
    notice: Notice


@dataclass(frozen=True)
class _Owners:
    """The members of organisations among the accounts, and the organisations that own results."""

    members: Mapping[int, Sequence[tuple[int, OrganisationRole]]]
    owners: Mapping[int, Sequence[int]]

    def of(self, result: Result) -> set[int]:
        """Return the members of all owners of a result."""
        mine = (result.organisation_id, *self.owners.get(key_of(result), ()))
        return {person for each in mine for person, _ in self.members.get(each, ())}

    def editors_of(self, result: Result) -> set[int]:
        """Return those who may edit a result for the organisation that submitted it."""
        return {person for person, role in self.members.get(result.organisation_id, ()) if role in EDITORS}


async def tell_of_pool(session: AsyncSession, people: Collection[int], *, now: datetime) -> int:
    """Put into the inboxes of `people` what they were told of demo results until now; return how many rows it made."""
    told = [each for each in await _occasions(session, people) if each.at <= now]
    told.sort(key=attrgetter("at"))
    mine = defaultdict[int, list[_Told]](list)
    for occasion in told:
        for person in set(occasion.people) & set(people):
            mine[person].append(occasion)
    recipients = defaultdict[str, list[int]](list)
    for person, occasions in mine.items():
        for occasion in occasions[-MOST:]:
            recipients[occasion.notice.cause].append(person)
    written = 0
    for occasion in told:
        written += await notify(session, recipients[occasion.notice.cause], occasion.notice, now=occasion.at)
    await _mark_read(session, {person: occasions[-MOST:-UNREAD] for person, occasions in mine.items()})
    return written


async def _mark_read(session: AsyncSession, read: Mapping[int, Sequence[_Told]]) -> None:
    table = _NOTIFICATION.c
    values = [
        {"reader": person, "why": occasion.notice.cause, "at": occasion.at + _READ_AFTER}
        for person, occasions in read.items()
        for occasion in occasions
    ]
    if values:
        marked = update(_NOTIFICATION).where(
            table.person_id == bindparam("reader"), table.cause == bindparam("why")
        )
        connection = await session.connection()
        await connection.execute(marked.values(read_at=bindparam("at")), values)


async def _occasions(session: AsyncSession, people: Collection[int]) -> list[_Told]:
    owners = await _owners(session, people)
    pooled = await _submitted(session)
    told = []
    for call in (await session.scalars(select(Call).where(_TABLES["call"].c.demo))).all():
        reached = await people_of_call(session, call)
        for result, version in pooled.values():
            if result.call_id == call.id and result.submitted_at is not None:
                told.append(_Told(result.submitted_at, reached, submitted_notice(result, version, call)))
    for decision in await session.scalars(select(Decision)):
        if decision.result_id in pooled:
            result, version = pooled[decision.result_id]
            notice = decision_notice(result, version, decision, recalled=False)
            told.append(_Told(decision.decided_at, owners.of(result), notice))
    for assignment in await session.scalars(select(Assignment)):
        if assignment.result_id in pooled:
            notice = assigned_notice(assignment, pooled[assignment.result_id][1])
            told.append(_Told(assignment.assigned_at, [assignment.person_id], notice))
    for project in await session.scalars(select(PoolProject)):
        if project.result_id in pooled:
            people_of = owners.of(pooled[project.result_id][0])
            told.append(_Told(project.stage_since, people_of, stage_notice(project)))
    return told + await _requests(session, pooled, owners)


async def _requests(session: AsyncSession, pooled: Mapping[int, Pooled], owners: _Owners) -> list[_Told]:
    statement = select(AccessRequest, Organisation).join(
        Organisation, _TABLES["organisation"].c.id == _TABLES["access_request"].c.organisation_id
    )
    told = []
    for request, asker in await session.execute(statement):
        if request.result_id in pooled:
            result, version = pooled[request.result_id]
            named = {"zh": asker.name_zh, "en": asker.name_en}
            notice = asked_notice(result, request, title_of_result(version).model_dump(), named)
            told.append(_Told(request.created_at, owners.editors_of(result), notice))
    return told


async def _owners(session: AsyncSession, people: Collection[int]) -> _Owners:
    members = defaultdict[int, list[tuple[int, OrganisationRole]]](list)
    of_people = select(Membership).where(_MEMBERSHIP.person_id.in_(sorted(people)))
    for member in await session.scalars(of_people):
        members[member.organisation_id].append((member.person_id, member.role))
    owners = defaultdict[int, list[int]](list)
    for owner in await session.scalars(select(ResultOwner)):
        owners[owner.result_id].append(owner.organisation_id)
    return _Owners(members, owners)


async def _submitted(session: AsyncSession) -> dict[int, Pooled]:
    """Return the demo results that were submitted, each with the version that was, by key."""
    statement = (
        select(Result, ResultVersion)
        .join(ResultVersion, (_VERSION.result_id == _RESULT.id) & (_VERSION.number == _RESULT.submitted))
        .where(_RESULT.demo)
        .order_by(_RESULT.id)
    )
    return {key_of(result): (result, version) for result, version in await session.execute(statement)}
