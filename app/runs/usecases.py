"""Match runs: one function per use case. A match is computed first and written then, so that it blocks nobody."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import State

from app import audit
from app.auth.principal import Principal
from app.db import SessionFactory
from app.disclosure.clearance import clearance
from app.disclosure.readings import Reading, record_readings
from app.disclosure.rules import Clearance, is_known, tier_of
from app.kit.clock import business_day
from app.kit.i18n import Lang
from app.kit.pagination import Page, PageParams
from app.matching.schemas import MatchRequest, ResultGiven
from app.matching.scoring import weights
from app.matching.usecases import match
from app.membership.reading import key_of
from app.models import DisclosureTier, MatchRun, Result, ResultVersion
from app.models.base import new_uid
from app.results.documents import ResultDocument
from app.runs import queries, schemas
from app.runs.errors import MatchRunNotFound
from app.runs.packing import hash_of, packed, unpacked, with_answer

_LONGEST_TITLE = 500


@dataclass(frozen=True)
class Computed:
    """A match that is answered and not yet kept: of which version, what was asked, with what, and the answer."""

    result: Result
    version_number: int
    organisation_uid: uuid.UUID
    request: MatchRequest
    marks: Mapping[str, int]
    vocabulary_version: str
    run: Any
    lang: Lang
    engine: str
    answer: bytes


async def compute(
    state: State, key: str, body: schemas.MatchRunCreate, *, now: datetime, lang: Lang
) -> Computed:
    """Match the newest version of a result, in a transaction that only reads and ends here.

    Raises ResultNotFound, and InvalidRequest for a need that cannot be understood.
    """
    today = business_day(now)
    async with state.new_session() as session, session.begin():
        result, version, owner = await queries.result_with_newest(session, key)
        request = request_of(ResultDocument.model_validate(version.document), body, today)
        marks = await queries.marks(session)
        answer = await match(session, state.search, state.snapshots, request, today=today, lang=lang)
        snapshot, _ = await state.snapshots.get(session)
    return Computed(
        result=result,
        version_number=version.number,
        organisation_uid=owner.uid,
        request=request,
        marks=marks,
        vocabulary_version=snapshot.vocabulary.version,
        run=answer.run,
        lang=lang,
        engine=state.settings.search_engine,
        answer=answer.model_dump_json().encode(),
    )


def request_of(document: ResultDocument, body: schemas.MatchRunCreate, today: date) -> MatchRequest:
    """Return what is asked of the matching: the result as its version says, unless the body says otherwise.

    The confidential text takes no part: what is matched goes to the search engine.
    """
    return MatchRequest(
        result=ResultGiven(
            title=document.title.zh[:_LONGEST_TITLE],
            abstract=document.abstract,
            field=document.fields[0] if document.fields else None,
            trl=document.trl,
            keywords=document.keywords,
        ),
        needs=(document.needs if body.needs is None else body.needs) or None,
        constraints=document.constraints if body.constraints is None else body.constraints,
        strict=body.strict,
        unconditional=body.unconditional,
        include_demo=body.include_demo,
        on_date=body.on_date or today,
        limit=body.limit,
    )


def keep(
    session: AsyncSession, principal: Principal, computed: Computed, *, now: datetime
) -> tuple[uuid.UUID, bytes]:
    """Store a computed match; return its id and the JSON that is answered."""
    run = run_of(computed, principal.person_id, uid=new_uid(), now=now)
    session.add(run)
    audit.record(
        session,
        audit.actor_of(principal),
        "match_run.created",
        "match_run",
        run.uid,
        after={
            "result": str(computed.result.uid),
            "version": computed.version_number,
            "on_date": run.on_date.isoformat(),
            "inputs_hash": run.inputs_hash,
            "answer_hash": run.answer_hash,
        },
        belongs_to=audit.Owner(computed.organisation_uid),
    )
    return run.uid, with_answer(head_of(run, computed.result).model_dump_json().encode(), computed.answer)


def run_of(computed: Computed, person_id: int | None, *, uid: uuid.UUID, now: datetime) -> MatchRun:
    """Return the row that keeps a computed match."""
    asked = {"request": computed.request.model_dump(mode="json"), "marks": dict(computed.marks)}
    return MatchRun(
        uid=uid,
        result_id=key_of(computed.result),
        version_number=computed.version_number,
        person_id=person_id,
        on_date=computed.run.on_date,
        lang=computed.lang,
        inputs_hash=computed.run.inputs_hash,
        scorer_version=computed.run.scorer_version,
        weights=weights(),
        index_version=computed.run.index_version,
        vocabulary_version=computed.vocabulary_version,
        engine=computed.engine,
        degraded=computed.run.degraded,
        request=packed(json.dumps(asked, ensure_ascii=False).encode()),
        answer=packed(computed.answer),
        answer_hash=hash_of(computed.answer),
        created_at=now,
    )


def head_of(run: MatchRun, result: Result) -> schemas.MatchRunHead:
    return schemas.MatchRunHead(
        id=run.uid,
        result=schemas.ResultRef(id=result.uid, slug=result.slug),
        version=run.version_number,
        created_at=run.created_at,
        on_date=run.on_date,
        lang="en" if run.lang == "en" else "zh",
        inputs_hash=run.inputs_hash,
        answer_hash=run.answer_hash,
        scorer_version=run.scorer_version,
        weights=dict(sorted(run.weights.items())),
        index_version=run.index_version,
        vocabulary_version=run.vocabulary_version,
        engine=run.engine,
        degraded=run.degraded,
    )


# --- Reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """A run that somebody may read whole, and what of the result they read with it."""

    run: MatchRun
    result: Result
    version: ResultVersion
    clearance: Clearance

    @property
    def reading(self) -> Reading:
        """Return what is to be recorded: an answer tells the needs, and nothing else above `public`."""
        tier = tier_of("needs", self.version.tiers)
        fields = {} if tier is DisclosureTier.PUBLIC or self.clearance.owns else {"needs": tier}
        return Reading(self.result.uid, self.run.version_number, fields)


async def open_run(session: AsyncSession, principal: Principal, uid: uuid.UUID, *, today: date) -> Opened:
    """Return a run to its owner, or to the department of the call. Raises MatchRunNotFound."""
    run, result = await queries.get_run(session, uid)
    # The scope that a key needs for match runs stands for that of reading the result, which is told by them.
    reader = replace(principal, scopes=None)
    cleared = await clearance(session, reader, key_of(result), today=today)
    known = is_known(result.state, cleared, call_is_open=False)
    if not known or not cleared.covers(DisclosureTier.SEALED):
        raise MatchRunNotFound
    version = await queries.version_of(session, key_of(result), run.version_number)
    return Opened(run, result, version, cleared)


async def get_run(
    session: AsyncSession, new_session: SessionFactory, principal: Principal, uid: uuid.UUID, *, now: datetime
) -> bytes:
    """Return the JSON of a run; the reading of somebody who does not own the result is recorded first."""
    opened = await open_run(session, principal, uid, today=business_day(now))
    await record_readings(session, new_session, principal, [opened.reading], via="get_match_run", at=now)
    head = head_of(opened.run, opened.result).model_dump_json().encode()
    return with_answer(head, unpacked(opened.run.answer))


async def list_runs(session: AsyncSession, key: str, params: PageParams) -> Page[schemas.MatchRunHead]:
    """Return the heads, the newest first: what was asked and answered is in the runs. Raises InvalidCursor."""
    page = await queries.page_of_runs(session, key, params)
    return page.to_page(lambda row: head_of(row[0], row[1]))
