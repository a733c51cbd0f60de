"""What turned in saved matches: the needs that a changed platform touches, or all of what is due.

An answer is looked at again only where it may have turned. Whatever is told as met was judged met by the rules.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.demand.needs import Shape
from app.demand.reverse import Judge, judge_for
from app.demand.wording import missing_in_words
from app.kit.i18n import Localized
from app.matching.everywhere import Nearest, nearest_answers
from app.matching.facts import Outcome, Rank
from app.matching.needs import UnderstoodNeed
from app.matching.snapshot import Snapshot
from app.matching.snapshot_cache import SnapshotCache
from app.matching.wording import REASONS
from app.models import Watch, WatchNeed
from app.watches import wording
from app.watches.asking import Match, compared, match_of, row_of
from app.watches.rules import AlertType, cause_of, day_judged, turned

log = structlog.get_logger(__name__)


@dataclass
class Looked:
    """What was found out, to be written in one transaction.

    `needs` are new values of rows of `watch_need` by their key; `replaced` all needs of a match by the key of it.
    """

    needs: dict[int, dict[str, Any]] = field(default_factory=dict)
    replaced: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Asked:
    """A need of a saved match: its place, how it is compared, and how it stood before (None: just saved)."""

    watch: Watch
    match: Match
    number: int
    understood: UnderstoodNeed
    shape: Shape
    before: WatchNeed | None


class Looker:
    """Looks at saved matches in one state of the database, on one day."""

    def __init__(
        self, session: AsyncSession, snapshots: SnapshotCache, snapshot: Snapshot, today: date
    ) -> None:
        self._session, self._snapshots, self._snapshot, self._today = session, snapshots, snapshot, today
        self._shapes: dict[tuple[object, ...], Shape] = {}
        self._judges: dict[tuple[int, date], tuple[set[Shape], Judge]] = {}

    async def touched(
        self, rows: Sequence[tuple[WatchNeed, Watch]], changed: Collection[uuid.UUID]
    ) -> Looked:
        """Judge needs that a change of platforms may turn: those platforms first, everybody only where one is lost."""
        chosen = {need.id for need, _ in rows}
        watches = {watch.id: watch for _, watch in rows}
        own: dict[int | None, list[WatchNeed]] = {}
        for need, watch in rows:
            own.setdefault(watch.id, []).append(need)
        found = [each for key, watch in watches.items() for each in await self._asked(watch, own[key]) or ()]
        asked = [each for each in found if each.before is not None and each.before.id in chosen]
        where = [row for uid in changed if (row := row_of(self._snapshot, uid)) is not None]
        for on_date in {each.match.on_date for each in asked}:
            shapes = {each.shape for each in asked if each.match.on_date == on_date}
            for row in where:
                await self._judge(row, on_date, shapes)
        looked, lost = Looked(), []
        for each in asked:
            meets = self._who_meets(each, where)
            if meets is not None:
                await self._note(looked, each, meets)
            elif each.before is not None and each.before.rank == Rank.MET:
                lost.append(each)
        for each, nearest in zip(lost, await self._nearest(lost), strict=True):
            await self._note(looked, each, nearest)
        return looked

    async def whole(self, watches: Sequence[tuple[Watch, Sequence[WatchNeed]]]) -> Looked:
        """Judge all needs of saved matches against everybody; one without needs before was just saved."""
        looked, asked = Looked(), list[_Asked]()
        for watch, before in watches:
            own = await self._asked(watch, before)
            if own is not None:
                looked.replaced[watch.id or 0] = []
                asked += own
        for each, nearest in zip(asked, await self._nearest(asked), strict=True):
            values = await self._note(looked, each, await self._proven(each, nearest))
            looked.replaced[each.watch.id or 0].append(values)
        return looked

    # --- Judging

    async def _asked(self, watch: Watch, before: Iterable[WatchNeed]) -> list[_Asked] | None:
        """Return the needs of a match; None where they are not understood any more."""
        match = await match_of(self._session, self._snapshots, watch, day_judged(watch.on_date, self._today))
        if match is None:
            return None
        known = {row.need_key: row for row in before}
        return [
            _Asked(
                watch,
                match,
                number,
                understood,
                compared(understood.need, self._shapes),
                known.get(understood.need.id),
            )
            for number, understood in enumerate(match.needs, start=1)
        ]

    async def _judge(self, row: int, on_date: date, shapes: set[Shape]) -> Judge:
        known = self._judges.get((row, on_date))
        if known is None or not shapes <= known[0]:
            judge = await judge_for(self._session, self._snapshot, row, shapes, on_date)
            known = self._judges[row, on_date] = (shapes, judge)
        return known[1]

    def _who_meets(self, each: _Asked, where: Iterable[int]) -> Nearest | None:
        on_date = each.match.on_date
        shown = self._snapshot.platforms.shown(on_date, include_demo=each.match.include_demo)
        for row in where:
            if shown[row]:
                outcome = self._judges[row, on_date][1].answer(each.shape).outcome
                if outcome.rank is Rank.MET:
                    return Nearest(Rank.MET, row, _lines(outcome))
        return None

    async def _nearest(self, asked: Sequence[_Asked]) -> list[Nearest]:
        """Return the nearest answer of everybody to each; equal needs are looked up once."""
        found: dict[tuple[Shape, date, bool], Nearest] = {}
        for on_date, demo in {(each.match.on_date, each.match.include_demo) for each in asked}:
            shapes = list(
                {e.shape for e in asked if e.match.on_date == on_date and e.match.include_demo == demo}
            )
            shown = self._snapshot.platforms.shown(on_date, include_demo=demo)
            needs = [shape.need for shape in shapes]
            answers = await nearest_answers(self._session, self._snapshot, needs, on_date, shown)
            found |= {(shape, on_date, demo): answer for shape, answer in zip(shapes, answers, strict=True)}
        return [found[each.shape, each.match.on_date, each.match.include_demo] for each in asked]

    async def _proven(self, each: _Asked, nearest: Nearest) -> Nearest:
        """Return an answer that would be told as met as the rules have it."""
        is_told = each.before is not None and each.before.rank != Rank.MET and nearest.rank is Rank.MET
        if not is_told or nearest.row is None:
            return nearest
        judge = await self._judge(nearest.row, each.match.on_date, {each.shape})
        outcome = judge.answer(each.shape).outcome
        if outcome.rank is not Rank.MET:
            platform = self._snapshot.platforms.rows[nearest.row].slug
            log.error("a look-up differs from its proof", platform=platform, proven=outcome.rank.name)
        return Nearest(outcome.rank, nearest.row, _lines(outcome))

    # --- What follows

    async def _note(self, looked: Looked, each: _Asked, nearest: Nearest) -> dict[str, Any]:
        """Note how the need stands now, and what is to be told of it; return its row."""
        platform = None if nearest.row is None else self._snapshot.platforms.rows[nearest.row]
        successor = each.understood.superseded_by
        values = {
            "need_key": each.understood.need.id,
            "must": each.understood.need.must,
            "capability": each.understood.need.term,
            "standard_base": each.understood.need.standard,
            "rank": int(nearest.rank),
            "platform_uid": None if platform is None else platform.uid,
            "lines": ",".join(map(str, nearest.lines)),
            "successor": None if successor is None else successor.number,
        }
        if each.before is not None and each.before.id is not None:
            looked.needs[each.before.id] = values
            if each.understood.need.must:
                await self._tell(looked, each, each.before, nearest, values)
        return values

    async def _tell(
        self, looked: Looked, each: _Asked, before: WatchNeed, nearest: Nearest, now: dict[str, Any]
    ) -> None:
        kind = turned(Rank(before.rank), nearest.rank)
        if kind is AlertType.NEED_MET and nearest.row is not None:
            name = self._name(nearest.row)
            detail = wording.need_met(each.number, name)
            looked.alerts.append(
                self._alert(each, kind, detail, now["platform_uid"], now["lines"], nearest.rank)
            )
        elif kind is AlertType.NEED_LOST:
            name_of_lost, why, rank = await self._what_became(each, before)
            detail = wording.need_lost(each.number, name_of_lost, why)
            alert = self._alert(each, kind, detail, before.platform_uid, before.lines, rank)
            looked.alerts.append(alert)
        successor = now["successor"]
        if successor is not None and successor != before.successor:
            detail = wording.superseded(each.number, successor)
            superseded = self._alert(each, AlertType.STANDARD_SUPERSEDED, detail, None, successor, None)
            superseded["payload"]["facts"]["successor"] = successor
            looked.alerts.append(superseded)

    def _alert(
        self,
        each: _Asked,
        kind: AlertType,
        detail: Localized,
        platform: uuid.UUID | None,
        evidence: str,
        rank: Rank | None,
    ) -> dict[str, Any]:
        before = None if each.before is None else Rank(each.before.rank).verdict.value
        facts: dict[str, Any] = {"need": each.understood.need.id, "number": each.number, "lines": evidence}
        if rank is not None:
            facts |= {"before": before, "after": rank.verdict.value, "reason": rank.code}
        day = None if kind is AlertType.STANDARD_SUPERSEDED else self._today
        return {
            "watch_id": each.watch.id,
            "cause": cause_of(kind, each.understood.need.id, platform, evidence, day),
            "type": kind.value,
            "platform_uid": platform,
            "payload": {"detail": detail.model_dump(), "facts": facts},
        }

    def _name(self, row: int) -> Localized:
        platform = self._snapshot.platforms.rows[row]
        return Localized(zh=platform.name_zh, en=platform.name_en)

    async def _what_became(self, each: _Asked, before: WatchNeed) -> tuple[Localized | None, Localized, Rank]:
        """Return who met the need before, and why not any more."""
        on_date = each.match.on_date
        row = None if before.platform_uid is None else row_of(self._snapshot, before.platform_uid)
        if row is None:
            return None, wording.PLATFORM_GONE, Rank.NO_SUCH_LINE
        if not self._snapshot.platforms.shown(on_date, include_demo=True)[row]:
            return self._name(row), wording.PLATFORM_SUSPENDED, Rank.NO_SUCH_LINE
        judge = await self._judge(row, on_date, {each.shape})
        answer = judge.answer(each.shape)
        if answer.missing is None:
            return self._name(row), REASONS[answer.outcome.rank], answer.outcome.rank
        words, _ = missing_in_words(each.shape.need, answer, on_date, judge.offer.schemes)
        return self._name(row), words, answer.outcome.rank


def _lines(outcome: Outcome) -> tuple[int, ...]:
    return tuple(evidence.line.id for evidence in outcome.evidence if evidence.line is not None)
