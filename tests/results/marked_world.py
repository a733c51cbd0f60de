"""A result in every state, each of its fields with a marker of its own, and what may be known of it by whom."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import ANONYMOUS, Principal
from app.auth.principal import _principal as principal_of
from app.calls.rules import CallState, state_of
from app.disclosure.clearance import clearances
from app.disclosure.rules import Clearance, is_known, tier_of
from app.kit.clock import business_day
from app.models import Call, DisclosureTier, Result, ResultState
from app.pool.usecases import create_project
from app.results.change import apply
from app.results.rules import Action
from tests.factories.pool import make_access, make_assignment
from tests.results.result_world import DAY, World

PREFIX = "zqxmk"
TIERS = {
    "keywords": "members",
    "trl_evidence": "granted",
    "intellectual_property": "sealed",
    "constraints": "granted",
}
LEADS_TO: Mapping[ResultState, tuple[Action, ...]] = {
    ResultState.DRAFT: (),
    ResultState.SUBMITTED: (),
    ResultState.UNDER_ASSESSMENT: (Action.BEGIN_ASSESSMENT,),
    ResultState.RETURNED: (Action.BEGIN_ASSESSMENT, Action.RETURN),
    ResultState.DECLINED: (Action.BEGIN_ASSESSMENT, Action.DECLINE),
    ResultState.POOLED: (Action.BEGIN_ASSESSMENT, Action.POOL),
    ResultState.WITHDRAWN: (Action.WITHDRAW,),
}
OWNERS_ONLY = "owners only"


def marker(*about: object) -> str:
    """Return a word that stands nowhere else, of small letters."""
    digest = hashlib.sha256(repr(about).encode()).digest()
    return PREFIX + "".join(chr(ord("a") + byte % 26) for byte in digest[:10])


@dataclass
class Marked:
    """A result with its markers: each with the tier from which it may be read, or for its owners only."""

    path: str
    state: ResultState
    markers: dict[str, DisclosureTier | str] = field(default_factory=dict)
    attachments: list[str] = field(default_factory=list)
    row: Result | None = None

    @property
    def id(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    def readable(self, cleared: Clearance, *, call_is_open: bool) -> set[str]:
        """Return the markers that somebody with the clearance may be given."""
        if not is_known(self.state, cleared, call_is_open=call_is_open):
            return set()
        return {
            one
            for one, tier in self.markers.items()
            if cleared.owns or (isinstance(tier, DisclosureTier) and cleared.covers(tier))
        }


def document_of(number: int, version: str) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return a document that says a marker in each field, and the markers by field."""
    found: dict[str, list[str]] = {}

    def mark(name: str, *more: object) -> str:
        one = marker(number, version, name, *more)
        found.setdefault(name, []).append(one)
        return one

    standard, budget = f"97{number}01.8{ord(version)}", 90_000_000.25 + number * 1000 + ord(version)
    found["needs"], found["constraints"] = [standard], [str(budget)]
    document = {
        "title": {"zh": f"标题{mark('title')}", "en": mark("title", "en")},
        "public_abstract": {"zh": f"公开摘要 {mark('public_abstract')}"},
        "abstract": f"摘要：{mark('abstract')}，采用新方法。",
        "confidential": f"{mark('confidential')} 为技术秘密",
        "fields": ["new_energy"],
        "keywords": [mark("keywords")],
        "trl": 5,
        "trl_evidence": mark("trl_evidence"),
        "intellectual_property": [
            {"kind": "invention", "state": "filed", "number": mark("intellectual_property"), "title": "专利"}
        ],
        "people": [{"name": mark("people"), "organisation": mark("people", "organisation")}],
        "needs": [
            {
                "text": mark("needs"),
                "capability": "overcharge",
                "object": mark("needs", "object"),
                "parameter": mark("needs", "parameter"),
                "standard": f"GB/T {standard}",
            },
            {"id": mark("needs", "id"), "text": mark("needs", "second")},
        ],
        "constraints": {"budget_cny": budget},
    }
    return document, found


def tiers_of(found: Mapping[str, list[str]]) -> dict[str, DisclosureTier]:
    return {one: tier_of(name, TIERS) for name, ones in found.items() for one in ones}


async def make_marked(world: World, number: int, state: ResultState) -> Marked:
    """Create, submit and revise over HTTP; what others decide is written as they would write it."""
    document, found = document_of(number, "a")
    body = {"document": document, "tiers": TIERS, "co_owner_ids": [world.organisations["partner"].slug]}
    marked = Marked(await world.draft(**body), state, dict(tiers_of(found)))
    tiers = tuple(DisclosureTier)
    for tier in (tiers[number % 4], tiers[(number + 2) % 4]):
        await attach(world, marked, number, tier)
    if state is ResultState.DRAFT:
        return marked
    assert (await world.submit(marked.path)).status_code == 200
    if state is ResultState.SUBMITTED:
        # The first version is for those who judge; what stands is the second.
        marked.markers = dict.fromkeys(tiers_of(found), DisclosureTier.SEALED) | {
            one: tier for one, tier in marked.markers.items() if one not in tiers_of(found)
        }
        marked.markers |= await revise(world, marked, number, "b")
        assert (await world.submit(marked.path)).status_code == 200
    for action in LEADS_TO[state]:
        result = await world.row(marked.path)
        if action is Action.BEGIN_ASSESSMENT and state is not ResultState.DECLINED:
            await make_assignment(world.session, result, world.people["expert"])
        apply(result, action)
        await world.session.commit()
    if state is ResultState.POOLED:
        await pool(world, marked)
    if state is ResultState.RETURNED:
        marked.markers |= dict.fromkeys(await revise(world, marked, number, "b"), OWNERS_ONLY)
    return marked


async def attach(world: World, marked: Marked, number: int, tier: DisclosureTier) -> None:
    name, content = marker(number, "name", tier), marker(number, "content", tier)
    sent = await world.client.post(
        f"{marked.path}/attachments",
        params={"tier": tier.value},
        files={"file": (f"{name}.txt", content.encode(), "text/plain")},
        headers=world.headers["editor"],
    )
    assert sent.status_code == 201, sent.text
    marked.attachments.append(sent.json()["id"])
    marked.markers |= {name: tier, content: tier}


async def revise(world: World, marked: Marked, number: int, version: str) -> dict[str, DisclosureTier]:
    assert (await world.ask("editor", "POST", f"{marked.path}/revisions", tag="read")).status_code == 200
    document, found = document_of(number, version)
    edited = await world.ask("editor", "PATCH", marked.path, {"document": document}, "read")
    assert edited.status_code == 200, edited.text
    return tiers_of(found)


async def pool(world: World, marked: Marked) -> None:
    """Pool it, and let others ask and be granted."""
    result = await world.row(marked.path)
    await create_project(world.session, result, world.call, actor="system", now=world.now)
    until = (world.now + DAY).date()
    investor = world.organisations["investor"].id
    await make_access(
        world.session,
        result,
        world.people["grantee"],
        until=until,
        organisation_id=investor,
        decided_at=world.now,
    )
    await world.session.commit()
    asked = await world.ask("stranger", "POST", f"{marked.path}/access-requests", {"reason": "学习"})
    assert asked.status_code == 201, asked.text


async def readable_by(world: World, who: str, marked: list[Marked]) -> set[str]:
    """Return every marker that somebody may be given, by the rules of disclosure."""
    async with world.app.state.new_session() as session:
        principal = await _principal(session, world, who)
        rows = {one.id: await world.row(one.path) for one in marked}
        keys = [row.id for row in rows.values() if row.id is not None]
        cleared = await clearances(session, principal, keys, today=business_day(world.now))
        found: set[str] = set()
        for one in marked:
            row = rows[one.id]
            found |= one.readable(cleared[row.id or 0], call_is_open=await _is_open(session, world, row))
        return found


async def known_to(world: World, who: str, marked: list[Marked]) -> set[str]:
    """Return the ids of the results of which somebody is given anything."""
    readable = await readable_by(world, who, marked)
    return {one.id for one in marked if not readable.isdisjoint(one.markers)}


async def _principal(session: AsyncSession, world: World, who: str) -> Principal:
    person = world.people.get(who)
    return ANONYMOUS if person is None else await principal_of(session, person)


async def _is_open(session: AsyncSession, world: World, row: Result) -> bool:
    call = None if row.call_id is None else await session.get(Call, row.call_id)
    if call is None:
        return False
    return state_of(call.opens_at, call.closes_at, call.cancelled_at, world.now) is CallState.OPEN


def leaks(text: str, markers: set[str]) -> set[str]:
    """Return those of the markers that stand in the text, however JSON writes it."""
    lower = text.lower()
    return {one for one in markers if one in lower}


def as_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)
