"""Everybody who may ask and one of everything they may ask about, for the matrix of the policy table.

What they are to the table is written down here, beside what is stored of them, and not read from the database.
"""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.auth.principal import ANONYMOUS, DepartmentRole, Principal
from app.auth.scopes import Scope
from app.auth.who import Target
from app.db import SessionFactory
from app.main import equip
from app.models import (
    ApiKey,
    ClaimState,
    Department,
    DepartmentDuty,
    Invitation,
    ListingState,
    Notification,
    Organisation,
    OrganisationRole,
    Person,
    PlatformKind,
    ResultState,
)
from app.notices.wording import NoticeType
from app.settings import Settings
from search.embedded import EmbeddedEngine
from search.text import TextLayer
from tests.auth.matrix_pool import Called, pool_published, pool_side
from tests.factories.imports import make_job
from tests.factories.listing import Listed, make_listed
from tests.factories.matches import make_task
from tests.factories.notices import make_delivery, make_webhook
from tests.factories.people import (
    LONG_AGO,
    make_duty,
    make_member,
    make_person,
    signed_in_as,
    with_key,
)
from tests.factories.pool import make_call
from tests.factories.registry import (
    make_accreditation,
    make_line,
    make_organisation,
    make_platform,
    make_service,
    make_vocabulary,
    stored,
)
from tests.factories.releases import make_release
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract

CITY_OF = {"330100": "330100", "330110": "330100", "330200": "330200"}
VIEWER, EDITOR, OWNER = OrganisationRole.VIEWER, OrganisationRole.EDITOR, OrganisationRole.OWNER


@dataclass(frozen=True)
class Actor:
    """Somebody: what a request is sent with, and what the table must be asked about."""

    headers: Mapping[str, str]
    principal: Principal


@dataclass(frozen=True)
class Side:
    """One of everything that belongs to somebody: path parameters, and what the objects are to the table."""

    path: Mapping[str, str]
    targets: Mapping[str, Target]


@dataclass(frozen=True)
class World:
    client: httpx.AsyncClient
    app: FastAPI
    connection: AsyncConnection
    actors: Mapping[str, Actor]
    sides: Mapping[str, Side]
    published: Mapping[str, str]


def city_of(code: str | None) -> str | None:
    return CITY_OF.get(code or "")


def key(row: Any) -> int:
    assert row.id is not None
    return int(row.id)


def principal(person: Person, **known: Any) -> Principal:
    return Principal(person_id=person.id, person_uid=person.uid, email=person.email, **known)


async def make_actors(
    session: AsyncSession, app: FastAPI, ours: Organisation, theirs: Organisation
) -> tuple[dict[str, Actor], dict[str, Person]]:
    actors = {"anonymous": Actor({}, ANONYMOUS)}
    people: dict[str, Person] = {}

    async def add(name: str, person: Person, **known: Any) -> None:
        people[name] = person
        actors[name] = Actor(await signed_in_as(session, app, person), principal(person, **known))

    await add("nobody", await make_person(session))
    await add("expert", await make_person(session, is_expert=True), is_expert=True)
    await add("admin", await make_person(session, is_admin=True), is_admin=True)
    for role in OrganisationRole:
        person = await make_person(session)
        await make_member(session, person, ours, role)
        await add(f"{role} of ours", person, roles=MappingProxyType({key(ours): role}))
    both = await make_person(session)
    await make_member(session, both, ours, VIEWER)
    await make_member(session, both, theirs, OWNER)
    await add(
        "owner of theirs, viewer of ours",
        both,
        roles=MappingProxyType({key(ours): VIEWER, key(theirs): OWNER}),
    )
    for department in Department:
        for region in ("330000", "330100", "330200"):
            for duty in DepartmentDuty:
                person = await make_person(session)
                await make_duty(session, person, department, region, duty)
                role = DepartmentRole(department, region, duty)
                await add(f"{duty} of {department} in {region}", person, departments=(role,))
    bound = await make_person(session)
    await make_member(session, bound, ours, VIEWER)
    for duty in DepartmentDuty:
        await make_duty(session, bound, Department.ECONOMY, "330000", duty)
    await add(
        "viewer of ours with both duties",
        bound,
        roles=MappingProxyType({key(ours): VIEWER}),
        departments=tuple(DepartmentRole(Department.ECONOMY, "330000", duty) for duty in DepartmentDuty),
    )
    await add_keys(session, app, actors, people, ours, theirs)
    return actors, people


async def add_keys(
    session: AsyncSession,
    app: FastAPI,
    actors: dict[str, Actor],
    people: Mapping[str, Person],
    ours: Organisation,
    theirs: Organisation,
) -> None:
    sets = [(), *((scope,) for scope in Scope), tuple(Scope)]
    for holder in ("owner of ours", "admin", "publisher of science in 330000"):
        for scopes in sets:
            headers = await with_key(session, app, people[holder], *scopes)
            known = actors[holder].principal
            limited = principal(
                people[holder],
                is_admin=known.is_admin,
                roles=known.roles,
                departments=known.departments,
                scopes=frozenset(scope.value for scope in scopes),
            )
            actors[f"key of {holder} for {'+'.join(scopes) or 'nothing'}"] = Actor(headers, limited)
    everything = frozenset(scope.value for scope in Scope)
    for name, organisation, roles in (
        ("owner of ours", theirs, {}),
        ("owner of ours", ours, {key(ours): OWNER}),
        ("admin", ours, {}),
        ("publisher of science in 330000", ours, {}),
    ):
        person = people[name]
        headers = await with_key(session, app, person, *Scope, organisation_id=key(organisation))
        where = "ours" if organisation is ours else "theirs"
        actors[f"key of {name} bound to {where}"] = Actor(
            headers, principal(person, scopes=everything, roles=MappingProxyType(roles))
        )


async def make_side(
    session: AsyncSession,
    app: FastAPI,
    organisation: Organisation,
    member: Person,
    region: str,
    listed: Listed,
) -> Side:
    invitation = await stored(
        session,
        Invitation(
            organisation_id=key(organisation),
            email="someone@example.com",
            role=VIEWER,
            token_hash=uuid.uuid4().hex * 2,
            invited_by_id=key(member),
            created_at=LONG_AGO,
            expires_at=app.state.clock() + timedelta(days=1),
        ),
    )
    api_key = await stored(
        session,
        ApiKey(
            person_id=key(member),
            name="试验",
            prefix="pgk_12345678",
            key_hash=uuid.uuid4().hex * 2,
            expires_at=app.state.clock() + timedelta(days=1),
            created_at=LONG_AGO,
        ),
    )
    notification = await stored(
        session,
        Notification(
            person_id=key(member),
            type=NoticeType.CALL_OPENED,
            entity="call",
            cause="试验",
            created_at=LONG_AGO,
        ),
    )
    webhook = await make_webhook(session, organisation_id=key(organisation))
    delivery = await make_delivery(session, webhook)
    expert = await make_person(session, is_expert=True)
    duty = await make_duty(session, expert, Department.SCIENCE, "330100", DepartmentDuty.REVIEWER)
    job = await make_job(session, listed.platform)
    of_organisation = Target(organisation_id=key(organisation), region_code=region)
    of_platform = Target(
        key(organisation), platform_kind=listed.platform.kind, region_code=region, state=listed.state
    )
    return Side(
        path={
            **paths_of(listed),
            "job_id": str(job.uid),
            "organisation_id": organisation.slug,
            "person_id": str(member.uid),
            "delete_expert/person_id": str(expert.uid),
            "invitation_id": str(invitation.uid),
            "duty_id": str(duty.uid),
            "key_id": str(api_key.uid),
            "notification_id": str(notification.uid),
            "webhook_id": str(webhook.uid),
            "delivery_id": str(delivery.uid),
        },
        targets={
            "organisation": of_organisation,
            "member": Target(key(organisation), person_id=key(member), region_code=region),
            "invitation": Target(key(organisation), region_code=region, state="open"),
            "API key": Target(person_id=key(member)),
            "notification": Target(person_id=key(member)),
            "webhook": Target(organisation_id=key(organisation), state="enabled"),
            "webhook delivery": Target(organisation_id=key(organisation), state="enabled"),
            "platform": of_platform,
            "accreditation": of_platform,
            "published platform": Target(),
            "import job": replace(of_platform, state=None),
            "claim": replace(of_platform, state=ClaimState.OPEN),
        },
    )


def paths_of(listed: Listed) -> dict[str, str]:
    """Return the path parameters of all that hangs on a platform that is not public."""
    items = {
        f"{verb}_draft_{kind}/item_id": str(item.uid)
        for verb in ("get", "update", "delete")
        for kind, item in listed.items.items()
    }
    return {
        "platform_id": listed.platform.slug,
        "accreditation_id": listed.accreditation.slug,
        "line_id": str(listed.line.id),
        "comment_id": str(listed.comment.uid),
        "suspension_id": str(listed.suspension.uid),
        "claim_id": str(listed.claim.uid),
        **items,
    }


async def make_published(session: AsyncSession) -> dict[str, str]:
    platform = await make_platform(session)
    service = await make_service(session, platform)
    accreditation = await make_accreditation(session, platform)
    line = await make_line(session, accreditation)
    return {
        "platform_id": platform.slug,
        "service_id": service.slug,
        "accreditation_id": accreditation.slug,
        "line_id": str(line.id),
        "get_field/code": "new_energy",
        "get_region/code": "330100",
        "get_capability_term/code": "overcharge",
        "number": "GB 38031-2020",
        "form": "xlsx",
        "edition": str((await make_release(session, 1)).edition),
        "other_edition": str((await make_release(session, 2)).edition),
    }


async def make_calls(session: AsyncSession, ours: Organisation) -> dict[str, Called]:
    """A call of the science department for what is ours; for what is theirs, one of a centre of ours."""
    centre = await make_platform(
        session, operator_id=key(ours), kind=PlatformKind.VERIFICATION_CENTRE, region_code="330110"
    )
    of_department = Target(platform_kind=PlatformKind.VERIFICATION_CENTRE, region_code="330100")
    of_centre = Target(key(ours), platform_kind=PlatformKind.VERIFICATION_CENTRE, region_code="330110")
    return {
        "ours": Called(await make_call(session, region_code="330100"), of_department, of_department),
        "theirs": Called(await make_call(session, centre=centre), Target(key(ours)), of_centre),
    }


async def make_run(client: httpx.AsyncClient, result: str, owner: Actor) -> str:
    """Match a result as its owner; return the id of the run."""
    answer = await client.post(f"/v1/results/{result}/matches", json={}, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].rsplit("/", 1)[-1]


@asynccontextmanager
async def open_world(
    settings: Settings,
    contract: Contract,
    session: AsyncSession,
    new_session: SessionFactory,
    connection: AsyncConnection,
) -> AsyncIterator[World]:
    """Give a world in the transaction of `connection`, in which all sessions are."""
    app = as_new(settings)
    engine = EmbeddedEngine(TextLayer([]))
    equip(app, new_session, engine)
    await make_vocabulary(session)
    ours = await make_organisation(session, region_code="330110")
    theirs = await make_organisation(session, region_code="330200")
    actors, people = await make_actors(session, app, ours, theirs)
    published = {**await make_published(session), **await pool_published(session, app)}
    calls = await make_calls(session, ours)
    sides = {}
    for name, organisation, member, region, kind, state in (
        ("ours", ours, "viewer of ours", "330110", PlatformKind.PILOT_PLATFORM, ListingState.SUBMITTED),
        (
            "theirs",
            theirs,
            "owner of theirs, viewer of ours",
            "330200",
            PlatformKind.VERIFICATION_CENTRE,
            ListingState.DRAFT,
        ),
    ):
        person = people[member]
        listed = await make_listed(session, organisation, person, state, kind=kind, region_code=region)
        side = await make_side(session, app, organisation, person, region, listed)
        expert = people["expert"] if name == "ours" else await make_person(session, is_expert=True)
        result_state = ResultState.UNDER_ASSESSMENT if name == "ours" else ResultState.POOLED
        path, targets = await pool_side(
            session,
            app,
            owner=organisation,
            member=person,
            expert=expert,
            called=calls[name],
            state=result_state,
            platform=listed.platform,
        )
        public = {"create_claim/platform_id": published["platform_id"]}
        sides[name] = Side({**side.path, **path, **public}, {**side.targets, **targets})
    await session.commit()
    async with client_of(app, contract) as client:
        for name, owner in (("ours", "owner of ours"), ("theirs", "owner of theirs, viewer of ours")):
            run = await make_run(client, sides[name].path["result_id"], actors[owner])
            side = sides[name]
            task = await make_task(session, run, side.path["platform_id"])
            of_task = replace(side.targets["platform"], state="open")
            sides[name] = Side({**side.path, "run_id": run, **task}, {**side.targets, "data task": of_task})
        await session.commit()
        yield World(client, app, connection, actors, sides, published)
    await engine.close()
