"""What people say of a match: one function per use case."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.auth.principal import Principal
from app.auth.who import KIND_OF_DEPARTMENT
from app.db import SessionFactory
from app.disclosure.readings import record_readings
from app.errors import InvalidRequest
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.matching.facts import Verdict
from app.membership.reading import key_of
from app.models import (
    DataTask,
    DataTaskState,
    FeedbackKind,
    MatchFeedback,
    MatchRun,
    Organisation,
    Platform,
)
from app.models.base import new_uid
from app.notices import Notice, NoticeType, notify, people_of_department, people_of_organisation, uids_of
from app.outbox import AddressedType, Audience, Event
from app.runs import feedback_queries as queries
from app.runs import feedback_schemas as schemas
from app.runs.errors import AlreadyAnswered, FeedbackGiven
from app.runs.packing import document_of
from app.runs.sight import Sight, sights
from app.runs.usecases import open_run

KINDS: Mapping[FeedbackKind, Localized] = {
    FeedbackKind.USEFUL: Localized(zh="有用", en="useful"),
    FeedbackKind.CONTACTED: Localized(zh="已联系", en="contacted"),
    FeedbackKind.WRONG: Localized(zh="有误", en="wrong"),
}


async def give_feedback(
    session: AsyncSession,
    principal: Principal,
    run_id: uuid.UUID,
    body: schemas.FeedbackCreate,
    *,
    now: datetime,
) -> schemas.FeedbackRead:
    """Store feedback on a run of one's own; a wrong verdict opens a data task, and all concerned are told.

    Raises MatchRunNotFound, FeedbackGiven, and InvalidRequest for what is not in the answer.
    """
    opened = await open_run(session, principal, run_id, today=business_day(now))
    platform = await queries.live_platform(session, body.platform)
    if platform is None:
        raise _not_there("platform", "没有这个公开的平台", "There is no such public platform")
    said = judged(document_of(opened.run.answer), platform.slug, body)
    feedback = feedback_of(
        opened.run, principal.person_id, platform, body, said.verdict, uid=new_uid(), now=now
    )
    if await queries.is_given(session, feedback):
        raise FeedbackGiven
    session.add(feedback)
    # The task points to it.
    await session.flush()
    operator = await queries.operator_of(session, platform)
    owner = await session.get_one(Organisation, opened.result.organisation_id)
    audit.record(
        session,
        audit.actor_of(principal),
        "match_feedback.given",
        "match_feedback",
        feedback.uid,
        after={
            "platform": platform.slug,
            "kind": body.kind,
            "verdict": said.verdict,
            "claimed": body.claimed,
        },
        belongs_to=audit.Owner(owner.uid),
    )
    task = task_of(feedback, body, said.evidence, uid=new_uid(), now=now)
    if task is not None:
        session.add(task)
    await _tell(session, principal, platform, operator, feedback, task, now=now)
    return read_feedback(feedback, platform, task)


@dataclass(frozen=True)
class Judged:
    """The verdict that is meant, with what it rested on; None: the feedback is on the candidate as a whole."""

    verdict: Verdict | None
    evidence: Sequence[Mapping[str, Any]] = ()


def judged(answer: Mapping[str, Any], slug: str, body: schemas.FeedbackCreate) -> Judged:
    """Find what the feedback is on in the answer of a run. Raises InvalidRequest for what is not in it.

    A platform that is not among the candidates was found to meet nothing: that too can be wrong.
    """
    candidate = next((c for c in answer["candidates"] if c["platform"]["slug"] == slug), None)
    if body.need_id is None:
        planned = any(slug in plan["platforms"] for plan in answer["plans"])
        if candidate is None and not planned:
            raise _not_there(
                "platform", "匹配结果中没有这个平台", "The platform is not in the answer of the run"
            )
        return Judged(None)
    if body.need_id not in {need["id"] for need in answer["needs"]}:
        raise _not_there("need_id", "匹配中没有这个需求", "The run has no such need")
    verdicts = candidate["verdicts"] if candidate is not None else ()
    found = next((v for v in verdicts if v["need_id"] == body.need_id), None)
    verdict = Verdict.UNMET if found is None else Verdict(found["verdict"])
    if body.claimed is verdict:
        raise InvalidRequest.at(
            "/body/claimed",
            "same_verdict",
            Localized(zh="这正是匹配给出的判断", en="This is the verdict that the run gives"),
        )
    return Judged(verdict, () if found is None else found["evidence"])


def feedback_of(
    run: MatchRun,
    person_id: int | None,
    platform: Platform,
    body: schemas.FeedbackCreate,
    verdict: Verdict | None,
    *,
    uid: uuid.UUID,
    now: datetime,
) -> MatchFeedback:
    """Return the row of what somebody says of a run."""
    return MatchFeedback(
        uid=uid,
        run_id=key_of(run),
        person_id=person_id,
        platform_id=key_of(platform),
        need_key=body.need_id or "",
        kind=body.kind,
        verdict=verdict,
        claimed=body.claimed,
        reason=body.reason,
        created_at=now,
    )


def task_of(
    feedback: MatchFeedback,
    body: schemas.FeedbackCreate,
    evidence: Sequence[Mapping[str, Any]],
    *,
    uid: uuid.UUID,
    now: datetime,
) -> DataTask | None:
    """Return the row of the task that feedback opens, which has its key; None where it says nothing is wrong."""
    if feedback.kind is not FeedbackKind.WRONG or feedback.verdict is None:
        return None
    return DataTask(
        uid=uid,
        platform_id=feedback.platform_id,
        feedback_id=key_of(feedback),
        state=DataTaskState.OPEN,
        evidence=[{name: each[name] for name in ("kind", "id", "href")} for each in evidence],
        shared=body.share_evidence,
        created_at=now,
    )


def _not_there(name: str, zh: str, en: str) -> InvalidRequest:
    return InvalidRequest.at(f"/body/{name}", "not_in_answer", Localized(zh=zh, en=en))


async def _tell(
    session: AsyncSession,
    principal: Principal,
    platform: Platform,
    operator: Organisation | None,
    feedback: MatchFeedback,
    task: DataTask | None,
    *,
    now: datetime,
) -> None:
    people = [] if operator is None else list(await people_of_organisation(session, key_of(operator)))
    department = () if task is None else await department_of(session, platform)
    await notify(session, [*people, *department], notice_of(platform, feedback, task), now=now)
    if task is None:
        return
    audience = Audience(
        frozenset() if operator is None else frozenset({operator.uid}), await uids_of(session, department)
    )
    payload = {"platform": platform.slug, "name": _name(platform), "verdict": feedback.verdict}
    event = Event(
        AddressedType.DATA_TASK_OPENED, "data_task", task.uid, platform.uid, payload, audience=audience
    )
    outbox.add(session, event, actor=audit.actor_of(principal))


def notice_of(platform: Platform, feedback: MatchFeedback, task: DataTask | None) -> Notice:
    """Return what the people of a platform are told of feedback; of a task, its department too."""
    if task is None:
        kind = KINDS[feedback.kind]
        said = {"platform": _name(platform), "feedback": {"zh": kind.zh, "en": kind.en}}
        cause = f"feedback_given:{feedback.uid}"
        return Notice(NoticeType.FEEDBACK_GIVEN, "platform", platform.uid, said, cause)
    cause = f"data_task_opened:{task.uid}"
    return Notice(NoticeType.DATA_TASK_OPENED, "data_task", task.uid, {"platform": _name(platform)}, cause)


def _name(platform: Platform) -> dict[str, str | None]:
    return {"zh": platform.name_zh, "en": platform.name_en}


async def department_of(session: AsyncSession, platform: Platform) -> Sequence[int]:
    """Return the keys of those who decide about a platform."""
    kinds = {kind: department for department, kind in KIND_OF_DEPARTMENT.items()}
    return await people_of_department(session, kinds[platform.kind], platform.region_code)


async def list_feedback_of_run(
    session: AsyncSession, run_id: uuid.UUID, params: PageParams
) -> Page[schemas.FeedbackRead]:
    """Return what was said of a run, the newest first. Raises InvalidCursor."""
    page = await queries.page_of_feedback(session, queries.of_run(run_id), params)
    return page.to_page(lambda row: read_feedback(row[0], row[1], row[2]))


async def list_feedback_of_platform(
    session: AsyncSession,
    new_session: SessionFactory,
    principal: Principal,
    key: str,
    params: PageParams,
    *,
    now: datetime,
) -> Page[schemas.PlatformFeedbackRead]:
    """Return what was said of a platform, the newest first, with what the reader may see of results and needs."""
    page = await queries.page_of_feedback(session, queries.of_platform(key), params)
    seen = await sights(session, principal, [(row[4], row[5], row[6]) for row in page.rows], now=now)
    items = [_read_for_platform(row, sight) for row, sight in zip(page.rows, seen, strict=True)]
    named = [sight.reading() for row, sight in zip(page.rows, seen, strict=True) if row[0].need_key]
    await record_readings(session, new_session, principal, named, via="list_feedback_of_platform", at=now)
    return Page(items=items, next_cursor=page.next_cursor, total=page.total)


async def answer_feedback(
    session: AsyncSession,
    principal: Principal,
    key: str,
    uid: uuid.UUID,
    body: schemas.AnswerCreate,
    *,
    now: datetime,
) -> schemas.FeedbackRead:
    """Store what the platform says to feedback, once. Raises FeedbackNotFound and AlreadyAnswered."""
    feedback, platform, task, *_ = await queries.get_feedback(session, key, uid)
    await queries.lock_feedback(session, feedback)
    if feedback.answered_at is not None:
        raise AlreadyAnswered
    feedback.answer, feedback.answered_at = body.answer, now
    feedback.answered_by = audit.actor_of(principal)
    operator = await queries.operator_of(session, platform)
    audit.record(
        session,
        audit.actor_of(principal),
        "match_feedback.answered",
        "match_feedback",
        feedback.uid,
        after={"answer": body.answer},
        belongs_to=audit.Owner(None if operator is None else operator.uid, platform.uid),
    )
    return read_feedback(feedback, platform, task)


# --- Reading ------------------------------------------------------------------------------------------------


def read_feedback(feedback: MatchFeedback, platform: Platform, task: DataTask | None) -> schemas.FeedbackRead:
    return schemas.FeedbackRead(**_values(feedback, platform, task))


def _read_for_platform(row: Any, sight: Sight) -> schemas.PlatformFeedbackRead:
    feedback, platform, task, run = row[:4]
    need = sight.need(run, feedback.need_key) if feedback.need_key else None
    return schemas.PlatformFeedbackRead(**_values(feedback, platform, task), result=sight.shown(), need=need)


def _values(feedback: MatchFeedback, platform: Platform, task: DataTask | None) -> dict[str, Any]:
    return {
        "id": feedback.uid,
        "platform": platform.slug,
        "need_id": feedback.need_key or None,
        "kind": feedback.kind,
        "verdict": feedback.verdict,
        "claimed": feedback.claimed,
        "reason": feedback.reason,
        "created_at": feedback.created_at,
        "answer": feedback.answer,
        "answered_at": feedback.answered_at,
        "task": None
        if task is None
        else schemas.TaskRef(id=task.uid, state=task.state, outcome=task.outcome),
    }
