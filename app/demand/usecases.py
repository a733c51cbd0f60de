"""Demand as it is answered: ordered before it is read, and read through the disclosure tiers only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.auth.who import is_province
from app.db import SessionFactory
from app.demand import queries, schemas
from app.demand.errors import DepartmentsOnly
from app.demand.needs import Shape
from app.demand.pool import NeedPool, PoolCache, WaitingResult
from app.demand.reverse import (
    AnswerCache,
    Demanded,
    Judge,
    judge_for,
    met_wholly,
    order,
    standings,
    valued,
    wanted,
)
from app.demand.rules import VALUE_PARTS, Answer, Standing
from app.demand.unmet import Group, GroupKey, NearestCache, group_unmet
from app.demand.wording import missing_in_words, range_in_words
from app.disclosure.clearance import clearances, is_platform_member
from app.disclosure.readings import Reading, record_readings
from app.disclosure.rules import Clearance, Disclosed, disclosed
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.kit.pagination import PageParams, decode_cursor, encode_cursor
from app.matching.facts import Rank
from app.matching.given import stated_needs
from app.matching.needs import StatedNeed
from app.matching.schemas import NeedGiven
from app.matching.snapshot import Snapshot
from app.matching.snapshot_cache import SnapshotCache
from app.matching.wording import REASONS
from app.membership.reading import Reader, key_of
from app.models import DisclosureTier
from app.registry.queries import get_platform
from app.vocabulary.names import label
from app.vocabulary.schemas import Coded

_MEMBERS = Clearance(DisclosureTier.MEMBERS)


@dataclass
class Demand:
    """What demand is answered from, kept in memory by the process.

    `looked_at` is the pool of which every result has looked for platforms.
    """

    snapshots: SnapshotCache
    pool: PoolCache = field(default_factory=PoolCache)
    answers: AnswerCache = field(default_factory=AnswerCache)
    nearest: NearestCache = field(default_factory=NearestCache)
    looked_at: NeedPool | None = None


@dataclass(frozen=True)
class Asker:
    """Who asks, and in which words and when they are answered."""

    principal: Principal
    reader: Reader
    new_session: SessionFactory
    now: datetime

    @property
    def today(self) -> date:
        """Return the business day."""
        return business_day(self.now)


async def platform_demand(
    session: AsyncSession, demand: Demand, asker: Asker, key: str, asked: schemas.DemandFilters
) -> schemas.DemandPage:
    """Return the results that wait for what the platform can do. Raises PlatformNotFound and InvalidCursor."""
    platform = await get_platform(session, key)
    snapshot, _ = await demand.snapshots.get(session)
    pool = await demand.pool.get(session, snapshot.vocabulary)
    on_date = asked.on_date or asker.today
    row = snapshot.platforms.row_of[key_of(platform)]
    kinds = await standings(session, snapshot, pool, demand.answers, row, on_date)
    results = [each for each in wanted(pool, kinds, asker.now) if _is_wanted(each, asked)]
    found = valued(results, kinds, await _cleared(session, asker, results), on_date)
    if asked.only_met:
        found = met_wholly(found)
    shown, next_cursor = _page(found, asked)
    shapes = {need.shape for each in shown for need in each.result.needs if need.shape is not None}
    judge = await judge_for(session, snapshot, row, shapes, on_date)
    items = await _read(session, asker, judge, shown, on_date, organisation_id=platform.operator_id)
    return schemas.DemandPage(
        items=items,
        next_cursor=next_cursor,
        total=len(found) if asked.total else None,
        on_date=on_date,
        index_version=str(snapshot.version),
    )


def _is_wanted(result: WaitingResult, asked: schemas.DemandFilters) -> bool:
    if result.demo and not asked.include_demo:
        return False
    return asked.field is None or any(
        code == asked.field or code.startswith(f"{asked.field}.") for code in result.fields
    )


async def _cleared(
    session: AsyncSession, asker: Asker, results: Sequence[WaitingResult]
) -> Mapping[int, Clearance]:
    """Return clearances that say at least whether the needs may be read: of most, being a member says it."""
    if not await is_platform_member(session, asker.principal):
        ids = [result.id for result in results]
        return await clearances(session, asker.principal, ids, today=asker.today)
    above = [result.id for result in results if not _MEMBERS.covers(result.needs_tier)]
    known = await clearances(session, asker.principal, above, today=asker.today)
    return {result.id: known.get(result.id, _MEMBERS) for result in results}


def _page(found: Sequence[Demanded], asked: PageParams) -> tuple[Sequence[Demanded], str | None]:
    start = 0
    if asked.cursor is not None:
        total, uid = decode_cursor(asked.cursor, asked.fingerprint(), [float, str])
        start = next((place for place, each in enumerate(found) if order(each) > (-total, uid)), len(found))
    shown = found[start : start + asked.limit]
    if start + asked.limit >= len(found):
        return shown, None
    last = shown[-1]
    return shown, encode_cursor([last.value, last.result.key], asked.fingerprint())


async def _read(
    session: AsyncSession,
    asker: Asker,
    judge: Judge,
    shown: Sequence[Demanded],
    on_date: date,
    *,
    organisation_id: int | None,
) -> list[schemas.DemandRead]:
    """Return what may be read of the results, and note the readings before it is given away."""
    ids = [each.result.id for each in shown]
    versions = await queries.versions_of(session, ids)
    known = await clearances(session, asker.principal, ids, today=asker.today)
    items, readings = [], []
    for each in shown:
        version, clearance = versions[each.result.id], known[each.result.id]
        of_result = disclosed(version.document, version.tiers, clearance)
        items.append(_item(_Answers(asker.reader, judge, each, on_date), of_result))
        if not clearance.owns:
            given = {name: tier for name, tier in of_result.confidential.items() if name == "needs"}
            readings.append(Reading(each.result.uid, version.number, given))
    reads_for = None
    if organisation_id is not None and organisation_id in asker.principal.roles:
        reads_for = await queries.organisation_uid(session, organisation_id)
    await record_readings(
        session,
        asker.new_session,
        asker.principal,
        readings,
        via="get_platform_demand",
        at=asker.now,
        organisation_uid=reads_for,
    )
    return items


@dataclass(frozen=True)
class _Answers:
    """What the needs of one result are answered from."""

    reader: Reader
    judge: Judge
    demanded: Demanded
    on_date: date

    def need(self, stated: StatedNeed) -> schemas.NeedStanding:
        shape = next((n.shape for n in self.demanded.result.needs if n.key == stated.id), None)
        answer = None if shape is None else self.judge.answer(shape)
        return schemas.NeedStanding(
            id=stated.id,
            must=stated.must,
            standing=Standing.UNCLEAR if answer is None else answer.standing,
            text=stated.text,
            capability=_capability(self.reader, shape.need.term if shape else None),
            standard=stated.standard,
            object=stated.object,
            parameter=stated.parameter,
            range=None if stated.range is None else range_in_words(stated.range),
            accreditation=stated.asked,
            reason=(Rank.NEEDS_CLARIFICATION if answer is None else answer.outcome.rank).code,
            conditions=[]
            if answer is None
            else list(dict.fromkeys(c.code for c in answer.outcome.conditions)),
            missing=None if answer is None or shape is None else self._missing(shape, answer),
        )

    def _missing(self, shape: Shape, answer: Answer) -> schemas.Missing | None:
        if answer.missing is None:
            return None
        detail, facts = missing_in_words(shape.need, answer, self.on_date, self.judge.offer.schemes)
        return schemas.Missing(code=answer.missing, steps=answer.steps, detail=detail, facts=facts)


def _item(answers: _Answers, of_result: Disclosed) -> schemas.DemandRead:
    demanded, reader = answers.demanded, answers.reader
    result = demanded.result
    given = [NeedGiven.model_validate(need) for need in of_result.document.get("needs") or ()]
    project = None
    if result.project is not None:
        uid, slug, stage = result.project
        project = schemas.ProjectName(id=uid, slug=slug, stage=stage)
    return schemas.DemandRead(
        id=result.uid,
        slug=result.slug,
        title=Localized.model_validate(of_result.document["title"]),
        fields=[_coded(reader, reader.names.fields, code) for code in result.fields],
        state=result.state,
        project=project,
        waits_since=result.since,
        demo=result.demo,
        all_must_met=demanded.waiting.is_met,
        value=demanded.value,
        value_parts=dict(zip(VALUE_PARTS, demanded.parts, strict=True)),
        needs=[answers.need(stated) for stated in stated_needs(given)],
        withheld=dict(of_result.withheld),
    )


def _coded(reader: Reader, names: Mapping[str, Localized], code: str) -> Coded:
    return Coded(code=code, label=label(names, code, reader.lang))


def _capability(reader: Reader, code: str | None) -> Coded | None:
    return None if code is None else _coded(reader, reader.names.terms, code)


# --- What nobody meets --------------------------------------------------------------------------------------


async def unmet_demand(
    session: AsyncSession, demand: Demand, asker: Asker, asked: schemas.UnmetFilters
) -> schemas.UnmetPage:
    """Return what nobody meets in the regions of the departments one works for. Raises DepartmentsOnly, InvalidCursor.

    Counted are needs that members may read, and those above that one may read oneself.
    """
    if not asker.principal.departments:
        raise DepartmentsOnly
    snapshot, _ = await demand.snapshots.get(session)
    pool = await demand.pool.get(session, snapshot.vocabulary)
    on_date = asked.on_date or asker.today
    results = await _countable(session, asker, pool, include_demo=asked.include_demo)
    nearest = await demand.nearest.get(
        session, snapshot, pool.by_shape, on_date=on_date, include_demo=asked.include_demo
    )
    city_of = asker.reader.names.city_of
    groups = group_unmet(
        results, nearest, snapshot, lambda code: None if (city := city_of(code)) is None else city.code
    )
    chosen = [(key, group) for key, group in groups.items() if _is_asked(key, asked)]
    chosen.sort(key=lambda pair: _group_order(*pair))
    shown, next_cursor = _groups_page(chosen, asked)
    return schemas.UnmetPage(
        items=[_group(asker.reader, snapshot, key, group) for key, group in shown],
        next_cursor=next_cursor,
        total=len(chosen) if asked.total else None,
        on_date=on_date,
        index_version=str(snapshot.version),
        projects=len({result for _, group in chosen for result in group.projects}),
        results=len(results),
    )


async def _countable(
    session: AsyncSession, asker: Asker, pool: NeedPool, *, include_demo: bool
) -> list[WaitingResult]:
    """Return the results of the region that wait, but for those whose needs not even members may read."""
    codes: set[str | None] = set(await queries.codes_in_regions(session, asker.principal.departments))
    if any(is_province(department.region_code) for department in asker.principal.departments):
        codes.add(None)
    results = [
        result
        for result in pool.results.values()
        if result.waits(asker.now) and result.region_code in codes and (include_demo or not result.demo)
    ]
    above = [result.id for result in results if not _MEMBERS.covers(result.needs_tier)]
    known = await clearances(session, asker.principal, above, today=asker.today)
    return [result for result in results if result.shows_needs(known.get(result.id, _MEMBERS))]


def _is_asked(key: GroupKey, asked: schemas.UnmetFilters) -> bool:
    pairs = (
        (asked.field, key.field),
        (asked.capability, key.capability),
        (asked.scheme, key.scheme),
        (asked.city, key.city),
    )
    return all(wanted is None or wanted == found for wanted, found in pairs)


def _group_order(key: GroupKey, group: Group) -> tuple[int, str]:
    """Most projects first; of equal ones by what they have in common."""
    return -len(group.projects), "|".join([key.field or "", key.capability or "", key.scheme, key.city or ""])


def _groups_page(
    chosen: Sequence[tuple[GroupKey, Group]], asked: PageParams
) -> tuple[Sequence[tuple[GroupKey, Group]], str | None]:
    start = 0
    if asked.cursor is not None:
        count, name = decode_cursor(asked.cursor, asked.fingerprint(), [int, str])
        after = (place for place, pair in enumerate(chosen) if _group_order(*pair) > (-count, name))
        start = next(after, len(chosen))
    shown = chosen[start : start + asked.limit]
    if start + asked.limit >= len(chosen):
        return shown, None
    negative, name = _group_order(*shown[-1])
    return shown, encode_cursor([-negative, name], asked.fingerprint())


def _group(reader: Reader, snapshot: Snapshot, key: GroupKey, group: Group) -> schemas.UnmetGroup:
    names, nearest = reader.names, group.nearest
    places = {code: region.name for code, region in names.places.items()}
    return schemas.UnmetGroup(
        field=None if key.field is None else _coded(reader, names.fields, key.field),
        capability=_capability(reader, key.capability),
        scheme=key.scheme,
        city=None if key.city is None else _coded(reader, places, key.city),
        projects=len(group.projects),
        must_projects=len(group.must_projects),
        needs=group.needs,
        nearest=schemas.NearestPlatform(
            platform=None if nearest.row is None else snapshot.platforms.rows[nearest.row].slug,
            code=nearest.rank.code,
            detail=REASONS[nearest.rank],
        ),
    )
