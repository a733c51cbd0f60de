"""Issuing and reading releases: one function per use case."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.auth.principal import Principal
from app.auth.who import is_province
from app.error_handlers import invalid_request
from app.errors import InvalidRequest
from app.kit.clock import BUSINESS_ZONE
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.models import CatalogueRelease, CatalogueReleaseEntry, Department
from app.outbox.events import RELEASE
from app.registry.checks import region_codes
from app.releases import queries, schemas
from app.releases.canonical import canonical, document_of, hash_of
from app.releases.contents import Writer, enum_named, in_order, named
from app.releases.diffs import diff_of
from app.releases.documents import Issuer, Named, ReleasedPlatform, ReleaseFilter, ReleaseHead, ReleaseListed
from app.releases.errors import NotCompetent
from app.releases.queries import Wanted
from app.releases.rules import Competence, competences
from app.vocabulary.names import Names, unknown_codes

_PLATFORMS_AT_ONCE = 200
_DEPARTMENT_NAMES = {
    (Department.SCIENCE, True): Localized(zh="科学技术厅", en="Department of Science and Technology"),
    (Department.SCIENCE, False): Localized(zh="科学技术局", en="Bureau of Science and Technology"),
    (Department.ECONOMY, True): Localized(
        zh="经济和信息化厅", en="Department of Economy and Information Technology"
    ),
    (Department.ECONOMY, False): Localized(
        zh="经济和信息化局", en="Bureau of Economy and Information Technology"
    ),
}


@dataclass(frozen=True)
class Stored:
    """A release as it is kept."""

    release: CatalogueRelease
    entries: Sequence[str]

    def head(self) -> ReleaseListed:
        return listed(self.release)

    def document(self) -> bytes:
        """Return the canonical JSON of the whole; the same bytes for ever."""
        return document_of(self.release.head, self.entries, self.release.content_hash)

    def lines(self) -> bytes:
        """Return an entry a line."""
        return "".join(f"{entry}\n" for entry in self.entries).encode()


async def create_release(
    session: AsyncSession, principal: Principal, names: Names, body: schemas.ReleaseCreate, *, now: datetime
) -> ReleaseListed:
    """Issue the next edition. Raises InvalidRequest for codes that do not exist, and NotCompetent."""
    _require_known(names, body.filter)
    issuer = _competence(principal, body)
    _require_own_cities(names, issuer, body.filter)
    today = now.astimezone(BUSINESS_ZONE).date()
    await queries.hold_still(session)
    writer = Writer(names, await queries.main_fields(session), today)
    wanted = Wanted(
        region_code=issuer.region_code,
        kinds=issuer.kinds,
        fields=body.filter.field,
        region_codes=region_codes(names, body.filter.city),
        tiers=body.filter.tier,
        on_date=today,
    )
    entries = await _entries(session, writer, wanted)
    head = ReleaseHead(
        edition=await queries.next_edition(session),
        title=body.title,
        note=body.note or None,
        issued_on=today,
        issuer=_issuer(writer, issuer),
        filter=_filter(writer, issuer, body.filter),
        contents=writer.contents(entries),
        entry_count=len(entries),
    )
    release = await _store(session, head, entries, now)
    _tell(session, principal, head, release)
    return listed(release)


def _competence(principal: Principal, body: schemas.ReleaseCreate) -> Competence:
    own = competences(principal.departments)
    if body.region is not None:
        own = tuple(each for each in own if each.region_code == body.region)
    if not own:
        raise NotCompetent
    if len(own) > 1 and not is_province(own[0].region_code):
        codes = "、".join(each.region_code for each in own)
        detail = Localized(
            zh=f"您在多个市有发布职责，请说明以哪个市发布：{codes}",
            en=f"You publish in several cities; say for which one: {codes}",
        )
        raise InvalidRequest.at("/body/region", "missing", detail)
    limited = own[0].limited_to(body.filter.kind)
    if limited is None:
        raise NotCompetent
    return limited


def _require_known(names: Names, asked: schemas.ReleaseCreateFilter) -> None:
    items = [
        *unknown_codes("/body/filter/field", asked.field, names.fields),
        *unknown_codes("/body/filter/city", asked.city, names.places),
    ]
    if items:
        raise invalid_request(items)


def _require_own_cities(names: Names, issuer: Competence, asked: schemas.ReleaseCreateFilter) -> None:
    if is_province(issuer.region_code):
        return
    cities = [names.city_of(code) for code in asked.city]
    if any(city is None or city.code != issuer.region_code for city in cities):
        raise NotCompetent


async def _entries(session: AsyncSession, writer: Writer, wanted: Wanted) -> list[ReleasedPlatform]:
    platforms = in_order(await queries.platforms_for(session, wanted))
    entries: list[ReleasedPlatform] = []
    for start in range(0, len(platforms), _PLATFORMS_AT_ONCE):
        some = platforms[start : start + _PLATFORMS_AT_ONCE]
        parts = await queries.parts_of(session, some, wanted.on_date)
        entries += [writer.platform(platform, parts) for platform in some]
    return entries


def _issuer(writer: Writer, issuer: Competence) -> Issuer:
    province = is_province(issuer.region_code)
    return Issuer(
        region=writer.region(issuer.region_code),
        departments=[
            Named(code=department.value, name=_DEPARTMENT_NAMES[department, province])
            for department in issuer.departments
        ],
    )


def _filter(writer: Writer, issuer: Competence, asked: schemas.ReleaseCreateFilter) -> ReleaseFilter:
    return ReleaseFilter(
        kind=[enum_named(kind) for kind in issuer.kinds],
        field=[named(writer.names.fields, code) for code in asked.field],
        city=[writer.region(code) for code in asked.city],
        tier=[enum_named(tier) for tier in asked.tier],
    )


async def _store(
    session: AsyncSession, head: ReleaseHead, entries: Sequence[ReleasedPlatform], now: datetime
) -> CatalogueRelease:
    plain: Mapping[str, Any] = head.model_dump(mode="json")
    # In a thread: of a whole province this is seconds of work, and others are to be answered meanwhile.
    texts = await asyncio.to_thread(_texts_of, entries)
    release = CatalogueRelease(
        edition=head.edition,
        region_code=head.issuer.region.code,
        issued_on=head.issued_on,
        issued_at=now,
        entry_count=len(entries),
        content_hash=hash_of(plain, texts),
        head=canonical(plain),
    )
    session.add(release)
    # The entries point to its key.
    await session.flush()
    assert release.id is not None  # noqa: S101 (stored now; narrows the type)
    session.add_all(
        CatalogueReleaseEntry(
            release_id=release.id, position=position, platform_uid=entry.id, content=content
        )
        for position, (entry, content) in enumerate(zip(entries, texts, strict=True))
    )
    await session.flush()
    return release


def _texts_of(entries: Sequence[ReleasedPlatform]) -> list[str]:
    return [canonical(entry.model_dump(mode="json")) for entry in entries]


def _tell(session: AsyncSession, principal: Principal, head: ReleaseHead, release: CatalogueRelease) -> None:
    actor = audit.actor_of(principal)
    after = {**head.model_dump(mode="json"), "content_hash": release.content_hash}
    audit.record(session, actor, "release.published", RELEASE, release.uid, after=after)
    event = outbox.release_event(release.uid, edition=head.edition, title=head.title)
    outbox.add(session, event, actor=actor)


def listed(release: CatalogueRelease) -> ReleaseListed:
    """Return what a stored release is, without its entries."""
    return ReleaseListed.model_validate({**json.loads(release.head), "content_hash": release.content_hash})


async def list_releases(session: AsyncSession, asked: schemas.ReleasesAsked) -> Page[ReleaseListed]:
    """Return the newest first. Raises InvalidCursor."""
    return (await queries.page_of_releases(session, asked)).to_page(listed)


async def get_release(session: AsyncSession, edition: int) -> CatalogueRelease:
    """Raises ReleaseNotFound."""
    return await queries.get_release(session, edition)


async def get_latest(session: AsyncSession, asked: schemas.LatestAsked) -> CatalogueRelease:
    """Raises ReleaseNotFound."""
    return await queries.get_latest(session, asked.region)


async def with_entries(session: AsyncSession, release: CatalogueRelease) -> Stored:
    """Return the release with its entries."""
    return Stored(release, await queries.entries_of(session, release))


async def diff_releases(session: AsyncSession, edition: int, other: int) -> schemas.ReleaseDiff:
    """Say what `other` has that `edition` had not. Raises ReleaseNotFound."""
    before, after = [
        await with_entries(session, await queries.get_release(session, each)) for each in (edition, other)
    ]
    was, now = ([json.loads(entry) for entry in stored.entries] for stored in (before, after))
    return diff_of(before.head(), after.head(), was, now)
