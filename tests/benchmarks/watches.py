"""Saved matches that an import turns: from the end of the import to the alerts that are written and told."""

import random
import time
import uuid
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select

from app import outbox
from app.db import SessionFactory, writing
from app.kit.clock import utcnow
from app.matching.schemas import MatchRequest
from app.matching.snapshot_cache import SnapshotCache
from app.models import AccreditationState, Alert, Cadence, Scheme, Watch, WatchKind, metadata
from app.outbox import ChangeType
from app.registry.postings import renew_postings
from app.watches.worker import Watcher, attend_watches
from search.port import SearchEngine
from tests.benchmarks.measure import Timing, line
from tests.benchmarks.results import SEED, asked, some_range
from tests.factories.people import make_person

WATCHES = 1_000
LINES = 10_000


async def measure_watches(new_session: SessionFactory, engine: SearchEngine, on_date: date) -> None:
    """Save matches of rarely accredited standards, then let one platform accredit ten thousand lines at once."""
    dice = random.Random(SEED)
    watcher = Watcher(new_session, engine, SnapshotCache())
    standards = await _rare_standards(new_session)
    await _save(new_session, dice, standards, on_date)
    started = time.perf_counter()
    await _work(watcher)
    print(f"{'all of 1000 saved matches against everybody':<44} {time.perf_counter() - started:9.2f} s")
    accreditation = await _import(new_session, standards)
    bare = await _bare(new_session, accreditation)
    started = time.perf_counter()
    await _work(watcher)
    seconds = time.perf_counter() - started
    async with new_session() as session:
        turned = await session.scalar(select(func.count()).select_from(Alert))
    measured = Timing([seconds * 1_000])
    name = f"{LINES} lines turn {turned} needs of saved matches"
    print(line(name, measured, Timing([bare * 1_000]), "target < 10 s"))


async def _work(watcher: Watcher) -> None:
    while await attend_watches(watcher, now=utcnow()):
        pass


async def _rare_standards(new_session: SessionFactory) -> list[Any]:
    """Return id, number and base of standards, the rarest first."""
    scope, standard = metadata.tables["scope_line"].c, metadata.tables["standard"].c
    async with new_session() as session:
        rows = await session.execute(
            select(scope.standard_id, scope.standard_number, standard.base)
            .join_from(
                metadata.tables["scope_line"], metadata.tables["standard"], standard.id == scope.standard_id
            )
            .group_by(scope.standard_id, scope.standard_number, standard.base)
            .order_by(func.count(), scope.standard_id)
            .limit(LINES)
        )
        return list(rows.all())


async def _save(
    new_session: SessionFactory, dice: random.Random, standards: list[Any], on_date: date
) -> None:
    async with new_session() as session, session.begin():
        person = await make_person(session)
        now = utcnow()
        for number in range(WATCHES):
            cited = dice.sample(standards[: len(standards) // 2], 3)
            needs = [
                {"id": f"n{place}", "standard": each[1], **some_range(dice, each[0]), **asked(dice)}
                for place, each in enumerate(cited, start=1)
            ]
            request = MatchRequest.model_validate({"needs": needs})
            session.add(
                Watch(
                    person_id=person.id,
                    kind=WatchKind.MATCH,
                    name=f"示例关注{number}",
                    request=request.model_dump(mode="json", exclude={"on_date", "limit"}),
                    on_date=on_date,
                    cadence=Cadence.AT_ONCE,
                    due=True,
                    stop_hash=uuid.UUID(int=dice.getrandbits(128)).hex * 2,
                    created_at=now,
                )
            )


async def _import(new_session: SessionFactory, standards: list[Any]) -> int:
    """Write lines of two new certificates of one platform with their postings and event, as an import does."""
    scope = metadata.tables["scope_line"]
    async with writing(new_session) as session:
        platform = (
            await session.execute(
                select(metadata.tables["platform"]).where(metadata.tables["platform"].c.live).limit(1)
            )
        ).one()
        held = [
            {
                "uid": uuid.uuid4(),
                "slug": f"bench-new-{scheme}",
                "platform_id": platform.id,
                "scheme": scheme,
                "state": AccreditationState.GRANTED,
                "valid_from": date(2024, 1, 1),
                "valid_to": utcnow().date() + timedelta(days=3_000),
                "live": True,
                "verification": "verified",
            }
            for scheme in Scheme
        ]
        table = metadata.tables["accreditation"]
        ids = [
            (await session.execute(insert(table).values(row).returning(table.c.id))).scalar_one()
            for row in held
        ]
        rows = [
            {
                "accreditation_id": ids[place % len(ids)],
                "standard_id": each[0],
                "standard_number": each[1],
                "range_low_open": False,
                "range_high_open": False,
            }
            for place, each in enumerate(np.resize(np.array(standards, dtype=object), (LINES, 3)).tolist())
        ]
        await session.execute(insert(scope), rows)
        await renew_postings(session, {row["standard_id"] for row in rows}, ids)
        event = outbox.platform_event(
            ChangeType.PLATFORM_CHANGED,
            platform.uid,
            slug=platform.slug,
            name_zh=platform.name_zh,
            name_en=None,
            demo=True,
        )
        outbox.add(session, event)
    return int(ids[0])


async def _bare(new_session: SessionFactory, accreditation: int) -> float:
    """Time the bare SQL: the new lines, and the needs of saved matches that name one of their standards."""
    scope, standard, need = (metadata.tables[name] for name in ("scope_line", "standard", "watch_need"))
    lines = select(scope).where(scope.c.accreditation_id.in_([accreditation, accreditation + 1]))
    bases = select(standard.c.base).where(
        standard.c.id.in_(select(scope.c.standard_id).where(scope.c.accreditation_id >= accreditation))
    )
    started = time.perf_counter()
    async with new_session() as session:
        (await session.execute(lines)).all()
        (await session.execute(select(need).where(need.c.standard_base.in_(bases)))).all()
    return time.perf_counter() - started
