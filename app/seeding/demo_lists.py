"""What the demo accounts find in their lists, in one transaction; seeding again changes nothing.

It comes after the search indexes, because matches and searches ask them. Everything is made by the code that makes it
for people, but nobody is told by mail or webhook, and by the inbox only the demo accounts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import State

from app.auth.principal import Principal
from app.auth.queries import roles_of
from app.db import SessionFactory, writing
from app.errors import InvalidRequest
from app.membership.reading import key_of
from app.models import MatchRun, Platform, metadata
from app.notices import notify, people_of_organisation
from app.results.errors import ResultNotFound
from app.runs import feedback_queries
from app.runs.feedback_usecases import department_of, feedback_of, judged, notice_of, task_of
from app.runs.packing import document_of
from app.runs.schemas import MatchRunCreate
from app.runs.task_usecases import closed_notice, put_answer, put_conclusion
from app.runs.usecases import Computed, compute, run_of
from app.seeding.catalogue_rows import seed_uid
from app.seeding.demo_notices import tell_of_pool
from app.seeding.list_files import STATE, FeedbackRecord, ListFile, RunRecord, lists_hash, read_lists
from app.seeding.load import SEED_DIR, SeedReport
from app.seeding.pool_rows import BY
from app.watches.usecases import Saving, save_watch

_TABLES = metadata.tables
_STATE = _TABLES["seed_state"]
_RUN, _WATCH, _FEEDBACK = _TABLES["match_run"].c, _TABLES["watch"].c, _TABLES["match_feedback"].c
_PERSON = _TABLES["person"].c
_LOCK = 7_120_250_628


@dataclass(frozen=True)
class _Making:
    """What is being made: by `people`, the keys of the demo accounts by address."""

    session: AsyncSession
    people: Mapping[str, int]
    now: datetime


async def forget_lists(new_session: SessionFactory) -> None:
    """Note that there are none: the lists go with the demo accounts, the results and the platforms they are about."""
    async with new_session() as session:
        if await _stored(session) is None:
            return
    async with writing(new_session) as session:
        await session.execute(_STATE.delete().where(_STATE.c.name == STATE))


async def are_listed(new_session: SessionFactory, seed_dir: Path = SEED_DIR) -> bool:
    """Tell whether what the file says was made. Raises SeedError when it is missing."""
    async with new_session() as session:
        return await _stored(session) == lists_hash(seed_dir)


async def seed_lists(state: State, saving: Saving, *, seed_dir: Path = SEED_DIR) -> SeedReport:
    """Make what the file says and was not made before; what people have made of the rest stays. Commits once.

    `state` has what matching takes: `new_session`, `search`, `snapshots`, `settings`. Needs the demo pool; what
    is about a result, an account or a candidate that is no longer there is left out.
    Raises SeedError, and SearchUnavailable.
    """
    wanted, file = lists_hash(seed_dir), read_lists(seed_dir)
    async with state.new_session() as session:
        people, known = await _demo_people(session), await _known(session, file)
    computed = await _compute(state, saving.now, [run for run in file.runs if _uid(run) not in known], people)
    async with writing(state.new_session) as session:
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        stored = await _stored(session)
        if stored == wanted:
            return SeedReport(changed=False, written={}, removed={})
        making = _Making(session, people, saving.now)
        told = 0
        if stored is None:
            told = await tell_of_pool(session, set(people.values()), now=saving.now)
        written = {
            "notification": told,
            "match_run": await _write_runs(making, computed),
            "match_feedback": await _write_feedback(making, file),
            "watch": await _write_watches(making, saving, file),
        }
        await session.execute(_STATE.delete().where(_STATE.c.name == STATE))
        state_row = {"name": STATE, "content_hash": wanted, "slugs": {}, "seeded_at": saving.now}
        await session.execute(_STATE.insert(), [state_row])
    return SeedReport(changed=True, written=written, removed={})


async def _stored(session: AsyncSession) -> str | None:
    found: str | None = await session.scalar(select(_STATE.c.content_hash).where(_STATE.c.name == STATE))
    return found


async def _demo_people(session: AsyncSession) -> Mapping[str, int]:
    rows = await session.execute(select(_PERSON.email, _PERSON.id).where(_PERSON.demo))
    return {row.email: row.id for row in rows}


async def _known(session: AsyncSession, file: ListFile) -> Collection[UUID]:
    """Return the ids of the runs that were made before."""
    wanted = [_uid(run) for run in file.runs]
    return set((await session.scalars(select(_RUN.uid).where(_RUN.uid.in_(wanted)))).all())


def _uid(run: RunRecord) -> UUID:
    return seed_uid(f"run/{run.key}")


async def _compute(
    state: State, now: datetime, runs: Sequence[RunRecord], people: Mapping[str, int]
) -> dict[UUID, tuple[RunRecord, Computed]]:
    """Match before anything is written; results that are not there are left out."""
    computed = {}
    for run in runs:
        if run.person not in people:
            continue
        try:
            body = MatchRunCreate(on_date=run.on_date)
            computed[_uid(run)] = run, await compute(state, run.result, body, now=now, lang="zh")
        except ResultNotFound:
            continue
    return computed


async def _write_runs(making: _Making, computed: Mapping[UUID, tuple[RunRecord, Computed]]) -> int:
    for uid, (run, answer) in computed.items():
        making.session.add(run_of(answer, making.people[run.person], uid=uid, now=making.now))
    await making.session.flush()
    return len(computed)


async def _write_feedback(making: _Making, file: ListFile) -> int:
    """Write what is said of each run, as far as the answer has what it is said of."""
    written = 0
    for record in file.runs:
        run = await making.session.scalar(select(MatchRun).where(_RUN.uid == _uid(record)))
        if run is None or record.person not in making.people:
            continue
        for each in record.feedback:
            written += await _say(making, record, run, each)
    return written


async def _say(making: _Making, record: RunRecord, run: MatchRun, given: FeedbackRecord) -> bool:
    session, body = making.session, given.said
    name = f"{record.key}/{body.platform}/{body.need_id or ''}/{body.kind}"
    uid = seed_uid(f"feedback/{name}")
    platform = await feedback_queries.live_platform(session, body.platform)
    if platform is None or await session.scalar(select(_FEEDBACK.id).where(_FEEDBACK.uid == uid)):
        return False
    try:
        said = judged(document_of(run.answer), platform.slug, body)
    except InvalidRequest:
        return False
    person = making.people[record.person]
    feedback = feedback_of(run, person, platform, body, said.verdict, uid=uid, now=making.now)
    session.add(feedback)
    # The task points to it.
    await session.flush()
    task = task_of(feedback, body, said.evidence, uid=seed_uid(f"task/{name}"), now=making.now)
    concerned = await _concerned(session, platform)
    notices = [notice_of(platform, feedback, task)]
    if task is not None:
        session.add(task)
        concerned |= set(await department_of(session, platform))
        if given.answer is not None:
            put_answer(feedback, task, given.answer, by=BY, now=making.now)
        if given.closed is not None:
            put_conclusion(task, given.closed, by=BY, now=making.now)
            notices.append(closed_notice(platform, task, given.closed.outcome))
            concerned.add(person)
    elif given.answer is not None:
        feedback.answer, feedback.answered_at, feedback.answered_by = given.answer, making.now, BY
    for notice in notices:
        await notify(session, concerned & set(making.people.values()), notice, now=making.now)
    return True


async def _concerned(session: AsyncSession, platform: Platform) -> set[int]:
    operator = await feedback_queries.operator_of(session, platform)
    return set() if operator is None else set(await people_of_organisation(session, key_of(operator)))


async def _write_watches(making: _Making, saving: Saving, file: ListFile) -> int:
    session, written = making.session, 0
    for record in file.watches:
        uid, person = seed_uid(f"watch/{record.key}"), making.people.get(record.person)
        if person is None or await session.scalar(select(_WATCH.id).where(_WATCH.uid == uid)):
            continue
        owner = Principal(person_id=person, roles=MappingProxyType(dict(await roles_of(session, person))))
        try:
            await save_watch(session, owner, saving, record.asked(), uid=uid)
        except ResultNotFound:
            continue
        written += 1
    return written
