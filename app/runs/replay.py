"""Asking a kept match again: what is different today, and why. Nothing is stored."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import State

from app.auth.principal import Principal
from app.disclosure.readings import record_readings
from app.errors import InvalidRequest
from app.kit.clock import business_day
from app.kit.i18n import Lang
from app.matching.schemas import MatchRequest
from app.matching.scoring import weights
from app.matching.usecases import match, verdicts_of
from app.notices.links import link_to
from app.runs import queries, schemas
from app.runs.differences import Differences, VerdictChange, differences
from app.runs.errors import NotReplayable
from app.runs.packing import document_of
from app.runs.reasons import Reason, ReasonCode, Versions
from app.runs.usecases import open_run
from app.runs.wording import REASONS

Json = Mapping[str, Any]


async def replay(
    session: AsyncSession,
    state: State,
    principal: Principal,
    uid: uuid.UUID,
    as_of: schemas.AsOf,
    *,
    now: datetime,
    lang: Lang,
) -> schemas.ReplayRead:
    """Ask the same again and compare. Raises MatchRunNotFound and NotReplayable."""
    today = business_day(now)
    opened = await open_run(session, principal, uid, today=today)
    run = opened.run
    asked, before = document_of(run.request), document_of(run.answer)
    on_date = run.on_date if as_of is schemas.AsOf.ASKED_DATE else today
    request = MatchRequest.model_validate({**asked["request"], "on_date": on_date})
    # In the language of the run: what is compared is what was answered.
    said: Lang = "en" if run.lang == "en" else "zh"
    try:
        answer = await match(session, state.search, state.snapshots, request, today=today, lang=said)
    except InvalidRequest as refused:
        # It is not the request of today that is wrong.
        raise NotReplayable(refused.detail) from refused
    after = answer.model_dump(mode="json")
    slugs = {each["platform"]["slug"] for each in before["candidates"]}
    found = await verdicts_of(session, state.snapshots, request, slugs, today=today, lang=said)
    judged = {slug: [verdict.model_dump(mode="json") for verdict in each] for slug, each in found.items()}
    snapshot, _ = await state.snapshots.get(session)
    since = queries.Since(run.created_at, run.on_date, int(run.index_version), asked["marks"])
    ids = _platforms(before, after)
    known = await queries.platforms_now(session, _named(ids, before, after, judged), since, on_date)
    await record_readings(
        session, state.new_session, principal, [opened.reading], via="replay_match_run", at=now
    )
    then = Versions(run.on_date, run.index_version, run.vocabulary_version, run.scorer_version, run.weights)
    current = Versions(
        on_date, answer.run.index_version, snapshot.vocabulary.version, answer.run.scorer_version, weights()
    )
    by_slug = {slug: known[platform] for slug, platform in ids.items() if platform in known}
    changes = differences(before, after, judged, by_slug, then, current)
    return schemas.ReplayRead(
        run=run.uid,
        as_of=as_of,
        unchanged=changes.unchanged,
        before=_versions(then, run.engine, degraded=run.degraded),
        after=_versions(current, state.settings.search_engine, degraded=answer.run.degraded),
        weights_changed=then.weights != current.weights,
        **_read(changes, lang),
    )


def _platforms(*answers: Json) -> dict[str, uuid.UUID]:
    """Return the ids of all platforms that answers show, by slug."""
    return {
        each["platform"]["slug"]: uuid.UUID(each["platform"]["id"])
        for answer in answers
        for each in answer["candidates"]
    }


def _named(
    platforms: Mapping[str, uuid.UUID], before: Json, after: Json, judged: Mapping[str, Sequence[Json]]
) -> queries.Named:
    verdicts = [
        verdict for answer in (before, after) for each in answer["candidates"] for verdict in each["verdicts"]
    ]
    verdicts += [verdict for found in judged.values() for verdict in found]
    evidence = [each for verdict in verdicts for each in verdict["evidence"]]
    return queries.Named(
        frozenset(platforms.values()),
        frozenset(int(key) for key in _ids(evidence, "scope_line")),
        frozenset(uuid.UUID(key) for key in _ids(evidence, "service")),
    )


def _ids(evidence: Iterable[Json], kind: str) -> list[str]:
    return [each["id"] for each in evidence if each["kind"] == kind]


# --- The answer ---------------------------------------------------------------------------------------------


def _versions(given: Versions, engine: str, *, degraded: bool) -> schemas.RunVersions:
    return schemas.RunVersions(
        on_date=given.on_date,
        index_version=given.index,
        vocabulary_version=given.vocabulary,
        scorer_version=given.scorer,
        engine=engine,
        degraded=degraded,
    )


def _read(found: Differences, lang: Lang) -> dict[str, Any]:
    return {
        "verdicts": [_verdict(change, lang) for change in found.verdicts],
        "candidates": [
            schemas.CandidateChangeRead(
                platform=each.platform, before=each.before, after=each.after, reasons=list(each.reasons)
            )
            for each in found.candidates
        ],
        "plans": schemas.PlanChanges(
            gained=[
                schemas.PlanChangeRead(platforms=list(each.platforms), reasons=list(each.reasons))
                for each in found.plans_gained
            ],
            lost=[
                schemas.PlanChangeRead(platforms=list(each.platforms), reasons=list(each.reasons))
                for each in found.plans_lost
            ],
        ),
        "needs": [
            schemas.NeedChangeRead(
                need_id=each.need_id, differs=list(each.differs), reason=_reason(each.reason, lang)
            )
            for each in found.needs
        ],
    }


def _verdict(change: VerdictChange, lang: Lang) -> schemas.VerdictChangeRead:
    return schemas.VerdictChangeRead(
        platform=change.platform,
        need_id=change.need_id,
        before=_seen(change.before),
        after=_seen(change.after),
        differs=list(change.differs),
        reasons=[_reason(reason, lang) for reason in change.reasons],
    )


def _seen(verdict: Json | None) -> schemas.VerdictSeen | None:
    return (
        None if verdict is None else schemas.VerdictSeen(verdict=verdict["verdict"], reason=verdict["reason"])
    )


_GONE = frozenset({ReasonCode.LINE_REMOVED, ReasonCode.SERVICE_REMOVED, ReasonCode.ACCREDITATION_REMOVED})


def _reason(reason: Reason, lang: Lang) -> schemas.ReasonRead:
    return schemas.ReasonRead(
        code=reason.code,
        detail=REASONS[reason.code].in_lang(lang),
        subject=None if reason.subject is None else _subject(reason.subject, gone=reason.code in _GONE),
        before=reason.before,
        after=reason.after,
    )


def _subject(name: str, *, gone: bool) -> schemas.ChangedThing:
    kind, _, key = name.partition(":")
    if gone or kind == "certificate":
        href = None
    elif kind == "scope_line":
        href = f"/v1/scope-lines/{key}"
    else:
        href = link_to(kind, uuid.UUID(key))
    return schemas.ChangedThing(kind=kind, id=key, href=href)
