"""Who is told of what happens in an assessment, and what the audit trail says of it: never what anybody said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.assessment import queries
from app.assessment.reading import title_of
from app.calls.people import people_of_call
from app.kit.i18n import Localized
from app.membership.reading import key_of
from app.models import Assignment, Call, Decision, DecisionKind, Person, Result, ResultVersion
from app.notices import Notice, NoticeType, notify, people_of_organisation
from app.outbox import AddressedType, Audience, Event

DECISIONS: Mapping[DecisionKind, Localized] = {
    DecisionKind.POOL: Localized(zh="入库", en="pooled"),
    DecisionKind.RETURN: Localized(zh="退回修改", en="returned with advice"),
    DecisionKind.DECLINE: Localized(zh="不予入库", en="declined"),
}


def title_payload(version: ResultVersion) -> dict[str, Any]:
    title = title_of(version)
    return {"zh": title.zh, "en": title.en}


async def tell_expert(
    session: AsyncSession, assignment: Assignment, version: ResultVersion, now: datetime
) -> None:
    """Tell an expert what is to be judged, and until when."""
    await notify(session, [assignment.person_id], assigned_notice(assignment, version), now=now)


def assigned_notice(assignment: Assignment, version: ResultVersion) -> Notice:
    """Return what an expert is told who is to judge something."""
    payload = {"title": title_payload(version), "due_on": assignment.due_on.isoformat()}
    cause = f"evaluation_assigned:{assignment.uid}:{assignment.assigned_at.isoformat()}"
    return Notice(NoticeType.EVALUATION_ASSIGNED, "assignment", assignment.uid, payload, cause)


async def tell_people_of_call(
    session: AsyncSession,
    kind: NoticeType,
    call: Call,
    result: Result,
    version: ResultVersion,
    *,
    cause: str,
    now: datetime,
) -> None:
    """Tell the people of the call about a result; `cause` sets one occasion apart from another."""
    why = f"{kind}:{result.uid}:{cause}"
    notice = Notice(kind, "result", result.uid, {"title": title_payload(version)}, why)
    await notify(session, await people_of_call(session, call), notice, now=now)


async def tell_owners(
    session: AsyncSession,
    result: Result,
    version: ResultVersion,
    decision: Decision,
    *,
    recalled: bool,
    actor: str,
    now: datetime,
) -> None:
    """Tell the people of the owners, and their systems, of a decision or of its recall."""
    owners = await queries.owners_of(session, result)
    notice = decision_notice(result, version, decision, recalled=recalled)
    people = [one for owner in owners for one in await people_of_organisation(session, key_of(owner))]
    await notify(session, people, notice, now=now)
    if recalled:
        return
    event = Event(
        AddressedType.RESULT_DECIDED,
        "result",
        result.uid,
        payload={
            "title": title_payload(version),
            "decision": decision.kind,
            "version_number": decision.version_number,
        },
        audience=Audience(organisations=frozenset(owner.uid for owner in owners)),
    )
    outbox.add(session, event, actor=actor)


def decision_notice(result: Result, version: ResultVersion, decision: Decision, *, recalled: bool) -> Notice:
    """Return what the owners are told of a decision or of its recall."""
    payload: dict[str, Any] = {"title": title_payload(version)}
    kind = NoticeType.RESULT_RECALLED
    if not recalled:
        said = DECISIONS[decision.kind]
        kind, payload["decision"] = NoticeType.RESULT_DECIDED, {"zh": said.zh, "en": said.en}
    return Notice(kind, "result", result.uid, payload, f"{kind}:{decision.uid}")


def record_assignment(
    session: AsyncSession,
    actor: str,
    action: str,
    assignment: Assignment,
    result: Result,
    person: Person,
    *,
    before: str | None,
) -> None:
    """Write the audit entry of an assignment: it belongs to nobody, for owners must not learn who judges."""
    values = {"result": str(result.uid), "version": assignment.version_number, "expert": str(person.uid)}
    audit.record(
        session,
        actor,
        action,
        "assignment",
        assignment.uid,
        before=None if before is None else {"state": before},
        after={**values, "state": assignment.state},
    )


def record_evaluation(session: AsyncSession, actor: str, action: str, assignment: Assignment) -> None:
    """Write the audit entry of an evaluation, without what it says."""
    after = {"version": assignment.version_number, "state": assignment.state}
    audit.record(session, actor, action, "assignment", assignment.uid, after=after)


async def record_result(
    session: AsyncSession, actor: str, action: str, result: Result, *, before: str, **known: Any
) -> None:
    """Write the audit entry of a change of state, which the owner may read."""
    owner = (await queries.owners_of(session, result))[0]
    audit.record(
        session,
        actor,
        action,
        "result",
        result.uid,
        before={"state": before},
        after={"state": result.state, "version": result.submitted, **known},
        belongs_to=audit.Owner(owner.uid),
    )
