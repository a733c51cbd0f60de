"""Drafts whose every text holds a mark of its own, so that whatever shows a part of one can be found out."""

import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.imports.scope_lines import ScopeLineRow
from app.listing.documents import (
    AccreditationDocument,
    ContactDocument,
    Document,
    EquipmentDocument,
    IntakeStepDocument,
    PlatformDocument,
    ServiceDocument,
    SettingDocument,
)
from app.listing.lines import Interner, Placed
from app.models import (
    Accreditation,
    ItemKind,
    Listing,
    ListingItem,
    ListingState,
    Outsiders,
    Platform,
    Scheme,
    ScopeLine,
)
from app.models.base import new_uid
from app.registry.postings import rebuild_postings
from app.vocabulary.ranges import parse_range
from search.standard_numbers import parse_standard_number
from tests.factories.registry import (
    make_accreditation,
    make_line,
    make_organisation,
    make_platform,
    make_service,
    make_standard,
    make_vocabulary,
    stored,
)

MARK = "zqxmark"
"""Every text of a draft holds it, and behind it a number that no request names."""

UNLISTED_EDITION = "GB 38031-2018"
"""An edition that no vocabulary knows, of a standard that it does."""

_NUMBERS = itertools.count(101)


def mark(words: str = "") -> str:
    """Return a text with a new mark."""
    return f"{words}{MARK}{next(_NUMBERS)}"


def standard_number() -> str:
    """Return a number that no vocabulary knows."""
    return f"Q/ZQXMARK {next(_NUMBERS)}-2024"


def _service() -> ServiceDocument:
    return ServiceDocument.model_validate(
        {
            "function": "test_inspection",
            "title_zh": mark("服务"),
            "title_en": mark("service "),
            "description_zh": mark("说明"),
            "description_en": mark("about "),
            "fields": ["new_energy"],
            "batch_unit": mark("件"),
            "batch_max": 3,
            "lead_time_days": 7,
            "monthly_capacity": 9,
            "voucher_accepted": True,
            "deliverables_zh": mark("报告"),
            "entry_trl": 4,
            "exit_trl": 7,
            "capabilities": [
                {
                    "term": "overcharge",
                    "object": mark("电池"),
                    "parameter": mark("过充"),
                    "standard": standard_number(),
                    "range": {"min": 1, "max": 5, "unit": "V"},
                }
            ],
            "price_options": [{"kind": "from", "min_cny": "4321.00", "unit_zh": mark("项")}],
        }
    )


def _parts() -> list[tuple[ItemKind, Document]]:
    """One item of each kind of which a platform may have several, but accreditations."""
    return [
        (ItemKind.SERVICE, _service()),
        (
            ItemKind.EQUIPMENT,
            EquipmentDocument(name_zh=mark("设备"), model=mark("型"), specs_zh=mark("参数")),
        ),
        (
            ItemKind.SETTING,
            SettingDocument.model_validate(
                {"kind": "scenario", "name_zh": mark("场景"), "description_zh": mark("描述")}
            ),
        ),
        (ItemKind.CONTACT, ContactDocument(name_zh=mark("受理处"), url=f"https://example.com/{mark()}")),
        (
            ItemKind.INTAKE_STEP,
            IntakeStepDocument(title_zh=mark("步骤"), description_zh=mark("做法"), working_days=2),
        ),
    ]


def _platform() -> PlatformDocument:
    return PlatformDocument.model_validate(
        {
            "name_zh": mark("平台"),
            "name_en": mark("platform "),
            "lead_type": "university_led",
            "region_code": "330200",
            "place_zh": mark("地址"),
            "lat": 29.9,
            "lon": 121.5,
            "process_mode": "discrete",
            "summary_zh": mark("简介"),
            "summary_en": mark("summary "),
            "serves_outsiders": "yes",
            "fields": ["robotics", "new_energy"],
            "co_operators_zh": [mark("共建")],
        }
    )


@dataclass
class Drafted:
    """A draft and what is under it. `uids` are those of its items; `lines` its scope lines, of one number each."""

    platform: Platform
    listing: Listing
    accreditation: Accreditation
    uids: dict[ItemKind, uuid.UUID] = field(default_factory=dict)
    documents: dict[ItemKind, dict[str, Any]] = field(default_factory=dict)
    lines: list[ScopeLine] = field(default_factory=list)


async def draft_line(
    session: AsyncSession, accreditation: Accreditation, revision: int, number: str, **known: Any
) -> ScopeLine:
    """Write a line of a draft, as a single edit or an import does."""
    read = parse_standard_number(number)
    assert read is not None, number
    values = {
        "row": next(_NUMBERS),
        "site": mark("场所"),
        "object": mark("对象"),
        "parameter": mark("项目"),
        "standard": read.canonical,
        "standard_base": read.base,
        "standard_year": read.year,
        "in_vocabulary": None,
        "standard_title": None,
        "clause": mark("条"),
        "range": parse_range("1～5 V"),
        "restriction": mark("只测"),
        "effective_date": None,
        **known,
    }
    line = ScopeLineRow(**values)
    interner = Interner()
    await interner.learn(session, [line])
    placed = Placed(accreditation.id or 0, revision)
    return await stored(session, ScopeLine(**interner.columns(line, placed)))


async def _version(
    session: AsyncSession, drafted: Drafted, kind: ItemKind, document: Document | None, uid: uuid.UUID
) -> None:
    stored = None if document is None else document.stored()
    session.add(
        ListingItem(
            platform_id=drafted.listing.platform_id,
            kind=kind,
            uid=uid,
            since_revision=drafted.listing.revision,
            document=stored,
        )
    )
    drafted.uids[kind] = uid
    if stored is not None:
        drafted.documents[kind] = stored


async def draft_of(
    session: AsyncSession, platform: Platform, *, revision: int, held: Accreditation | None = None
) -> Drafted:
    """Write a draft with an item of each kind, and lines under a new accreditation and under `held`."""
    certificate = AccreditationDocument.model_validate(
        {
            "scheme": "CMA",
            "certificate_no": mark("CMA "),
            "state": "granted",
            "valid_from": "2024-05-01",
            "valid_to": "2030-04-30",
            "source": {"title": mark("公告"), "url": f"https://example.com/{mark()}"},
        }
    )
    accreditation = await make_accreditation(
        session,
        platform,
        live=False,
        slug=f"acc-{platform.slug}-{revision}",
        scheme=Scheme.CMA,
        certificate_no=certificate.certificate_no,
        source=certificate.stored()["source"],
    )
    listing = Listing(
        platform_id=platform.id or 0,
        revision=revision,
        published=None if revision == 1 else revision - 1,
        state=ListingState.APPROVED,
    )
    session.add(listing)
    await session.flush()
    drafted = Drafted(platform, listing, accreditation)
    await _version(session, drafted, ItemKind.PLATFORM, _platform(), platform.uid)
    await _version(session, drafted, ItemKind.ACCREDITATION, certificate, accreditation.uid)
    for kind, document in _parts():
        await _version(session, drafted, kind, document, new_uid())
    for each in (accreditation, *([held] if held else [])):
        for number in (standard_number(), UNLISTED_EDITION):
            drafted.lines.append(await draft_line(session, each, revision, number))
    await session.commit()
    return drafted


@dataclass(frozen=True)
class Marked:
    """A catalogue with one public platform, `hub`, and two drafts: that of a new platform and the next one of `hub`."""

    hub: Platform
    held: Accreditation
    service: Any
    line: ScopeLine
    new: Drafted
    next: Drafted


async def make_marked(session: AsyncSession) -> Marked:
    await make_vocabulary(session)
    await make_standard(session, "GB 38031-2020", capability_code="overcharge")
    operator = await make_organisation(session)
    hub = await make_platform(
        session, slug="hub", operator_id=operator.id, serves_outsiders=Outsiders.YES, lat=30.3, lon=120.1
    )
    service = await make_service(session, hub, slug="hub-svc")
    held = await make_accreditation(session, hub, slug="hub-cnas")
    line = await make_line(session, held)
    new = await make_platform(
        session,
        slug="newcomer",
        live=False,
        operator_id=operator.id,
        name_zh=mark("新"),
        name_en=mark("new "),
        summary_zh=mark("新简介"),
        fields=(),
    )
    await rebuild_postings(session)
    drafted = await draft_of(session, new, revision=1)
    changed = await draft_of(session, hub, revision=2, held=held)
    return Marked(hub, held, service, line, drafted, changed)
