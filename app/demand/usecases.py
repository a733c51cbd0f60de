"""Demand as it is answered: ordered before it is read, and read through the disclosure tiers only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.db import SessionFactory
from app.demand import queries, schemas
from app.demand.needs import NeedReader
from app.demand.reverse import Demanded, Reverse, order, reverse_match, tiers_of, valued
from app.demand.rules import Answer, Standing
from app.demand.unmet import Group, GroupKey, NearestCache, group_unmet, read_needs
from app.demand.wording import missing_in_words, range_in_words
from app.disclosure.clearance import clearances
from app.disclosure.readings import Reading, record_readings
from app.disclosure.rules import Clearance, Disclosed, disclosed, tier_of
from app.errors import Forbidden
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
from app.membership.reading import Reader
from app.models import DisclosureTier, ResultState, Stage
from app.registry.queries import get_platform
from app.registry.schemas import Coded
from app.vocabulary.names import label

_MEMBERS = Clearance(DisclosureTier.MEMBERS)


@dataclass
class Demand:
    """What demand is answered from, kept in memory by the process."""

    snapshots: SnapshotCache
    needs: NeedReader = field(default_factory=NeedReader)
    nearest: NearestCache = field(default_factory=NearestCache)


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
    on_date = asked.on_date or asker.today
    row = snapshot.platforms.row_of.get(platform.id or 0)
    reverse = Reverse.nothing(on_date)
    if row is not None:
        reverse = await reverse_match(session, snapshot, demand.needs, row, on_date=on_date, now=asker.now)
    found = await _ordered(session, asker, reverse, asked)
    shown, next_cursor = _page(found, asked)
    items = await _read(session, asker, reverse, shown, organisation_id=platform.operator_id)
    return schemas.DemandPage(
        items=items,
        next_cursor=next_cursor,
        total=len(found) if asked.total else None,
        on_date=on_date,
        index_version=str(snapshot.version),
    )


async def _ordered(
    session: AsyncSession, asker: Asker, reverse: Reverse, asked: schemas.DemandFilters
) -> list[Demanded]:
    ids = list(reverse.judged)
    rows = await queries.waiting_results(session, asker.now, ids, field=asked.field)
    if not asked.include_demo:
        rows = [row for row in rows if not row.demo]
    known = await clearances(session, asker.principal, [row.id for row in rows], today=asker.today)
    found = valued(reverse, rows, known)
    return [each for each in found if each.all_must_met] if asked.only_met else found


def _page(found: Sequence[Demanded], asked: PageParams) -> tuple[Sequence[Demanded], str | None]:
    start = 0
    if asked.cursor is not None:
        total, uid = decode_cursor(asked.cursor, asked.fingerprint(), [float, str])
        start = next((place for place, each in enumerate(found) if order(each) > (-total, uid)), len(found))
    shown = found[start : start + asked.limit]
    if start + asked.limit >= len(found):
        return shown, None
    last = shown[-1]
    return shown, encode_cursor([last.value.total, str(last.row.uid)], asked.fingerprint())


async def _read(
    session: AsyncSession,
    asker: Asker,
    reverse: Reverse,
    shown: Sequence[Demanded],
    *,
    organisation_id: int | None,
) -> list[schemas.DemandRead]:
    """Return what may be read of the results, and note the readings before it is given away."""
    ids = [each.row.id for each in shown]
    versions = await queries.versions_of(session, ids)
    known = await clearances(session, asker.principal, ids, today=asker.today)
    items, readings = [], []
    for each in shown:
        version, clearance = versions[each.row.id], known[each.row.id]
        of_result = disclosed(version.document, version.tiers, clearance)
        items.append(_item(asker, reverse, each, of_result))
        if not clearance.owns:
            given = {name: tier for name, tier in of_result.confidential.items() if name == "needs"}
            readings.append(Reading(each.row.uid, version.number, given))
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


def _item(asker: Asker, reverse: Reverse, each: Demanded, of_result: Disclosed) -> schemas.DemandRead:
    row, document, reader = each.row, of_result.document, asker.reader
    given = [NeedGiven.model_validate(need) for need in document.get("needs") or ()]
    judged = {one.key: one.answer for one in each.judged}
    project = None
    if row.project_uid is not None:
        project = schemas.ProjectName(id=row.project_uid, slug=row.project_slug, stage=Stage(row.stage))
    return schemas.DemandRead(
        id=row.uid,
        slug=row.slug,
        title=Localized.model_validate(document["title"]),
        fields=[_coded(reader, reader.names.fields, code) for code in document.get("fields") or ()],
        state=ResultState(row.state),
        project=project,
        waits_since=business_day(row.pooled_at or row.submitted_at),
        demo=row.demo,
        all_must_met=each.all_must_met,
        value=each.value.total,
        value_parts=dict(each.value.parts),
        needs=[_need(reader, reverse, each, need, judged.get(need.id)) for need in stated_needs(given)],
        withheld=dict(of_result.withheld),
    )


def _coded(reader: Reader, names: Mapping[str, Localized], code: str) -> Coded:
    return Coded(code=code, label=label(names, code, reader.lang))


def _need(
    reader: Reader, reverse: Reverse, each: Demanded, stated: StatedNeed, answer: Answer | None
) -> schemas.NeedStanding:
    asking = next((one.asking for one in each.judged if one.key == stated.id), None)
    missing = None
    if answer is not None and asking is not None and answer.missing is not None:
        detail, facts = missing_in_words(asking.need, answer, reverse.on_date, reverse.offer.schemes)
        missing = schemas.Missing(code=answer.missing, steps=answer.steps, detail=detail, facts=facts)
    is_words = stated.capability is None and stated.standard is None
    nothing = Standing.UNCLEAR if is_words else Standing.UNMET
    no_answer = Rank.NEEDS_CLARIFICATION if is_words else Rank.NO_SUCH_LINE
    term = None if asking is None else asking.need.term
    return schemas.NeedStanding(
        id=stated.id,
        must=stated.must,
        standing=nothing if answer is None else answer.standing,
        text=stated.text,
        capability=_capability(reader, term or stated.capability),
        standard=stated.standard,
        object=stated.object,
        parameter=stated.parameter,
        range=None if stated.range is None else range_in_words(stated.range),
        accreditation=stated.asked,
        reason=(no_answer if answer is None else answer.outcome.rank).code,
        conditions=[] if answer is None else list(dict.fromkeys(c.code for c in answer.outcome.conditions)),
        missing=missing,
    )


def _capability(reader: Reader, code: str | None) -> Coded | None:
    return None if code is None else _coded(reader, reader.names.terms, code)


# --- What nobody meets --------------------------------------------------------------------------------------


async def unmet_demand(
    session: AsyncSession, demand: Demand, asker: Asker, asked: schemas.UnmetFilters
) -> schemas.UnmetPage:
    """Return what nobody meets in the regions of the departments one works for. Raises Forbidden, InvalidCursor.

    Counted are needs that members may read, and those above that one may read oneself.
    """
    if not asker.principal.departments:
        raise Forbidden
    snapshot, _ = await demand.snapshots.get(session)
    on_date = asked.on_date or asker.today
    results = await queries.results_in_regions(session, asker.principal.departments, asker.now)
    results = await _countable(session, asker, results, include_demo=asked.include_demo)
    places = {row.id: (_main_field(row.fields), _city(asker.reader, row.region_code)) for row in results}
    rows = await queries.needs_in_reach(session, queries.comparable(), asker.now)
    needs = read_needs(rows, demand.needs, snapshot, places)
    nearest = await demand.nearest.get(
        session,
        snapshot,
        {each.asking.shape: each.asking.need for each in needs},
        on_date=on_date,
        include_demo=asked.include_demo,
    )
    groups = group_unmet(needs, nearest, snapshot)
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
    session: AsyncSession, asker: Asker, rows: Sequence[Any], *, include_demo: bool
) -> list[Any]:
    rows = [row for row in rows if include_demo or not row.demo]
    above = [row for row in rows if not _MEMBERS.covers(tier_of("needs", tiers_of(row.tiers)))]
    known = await clearances(session, asker.principal, [row.id for row in above], today=asker.today)
    hidden = {row.id for row in above if not known[row.id].covers(tier_of("needs", tiers_of(row.tiers)))}
    return [row for row in rows if row.id not in hidden]


def _main_field(codes: str | None) -> str | None:
    """Return the field to which the first of the codes belongs, from their JSON."""
    found = json.loads(codes or "[]")
    return str(found[0]).partition(".")[0] if found else None


def _city(reader: Reader, region_code: str | None) -> str | None:
    city = reader.names.city_of(region_code)
    return None if city is None else city.code


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
        nearest=schemas.NearestMiss(
            platform=None if nearest.row is None else snapshot.platforms.rows[nearest.row].slug,
            code=nearest.rank.code,
            detail=REASONS[nearest.rank],
        ),
    )
