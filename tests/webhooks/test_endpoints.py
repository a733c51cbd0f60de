"""Managing webhooks over HTTP, as it is outside development: public https addresses only."""

import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scopes import Scope
from app.models import AuditEntry, OrganisationRole, WebhookEndpoint
from app.webhooks.rules import MOST_PER_OWNER
from tests.factories.notices import make_delivery, make_webhook
from tests.factories.people import make_member, make_person, signed_in_as, with_key
from tests.factories.registry import make_organisation, make_vocabulary

URL = "https://hooks.example.com/in/Zm9v?key=hidden"


BODY = {"url": URL, "event_types": ["result.decided", "platform.published"], "description": "订单系统"}


@dataclass(frozen=True)
class World:
    """An organisation with an owner, an editor and a viewer, who has API keys; and a stranger."""

    client: httpx.AsyncClient
    ours: uuid.UUID
    headers: dict[str, dict[str, str]]

    async def ask(self, by: str, method: str, path: str = "", **sent: Any) -> httpx.Response:
        headers = {**self.headers[by], **sent.pop("headers", {})}
        return await self.client.request(method, f"/v1/webhooks{path}", headers=headers, **sent)


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    await make_vocabulary(session)
    ours = await make_organisation(session)
    headers = {}
    for role in OrganisationRole:
        person = await make_person(session)
        await make_member(session, person, ours, role)
        headers[role.value] = await signed_in_as(session, app, person)
        if role is OrganisationRole.VIEWER:
            for name, scopes in (
                ("no key", ()),
                ("reading key", (Scope.WEBHOOK_READ,)),
                ("key", tuple(Scope)),
            ):
                headers[name] = await with_key(session, app, person, *scopes)
    headers["stranger"] = await signed_in_as(session, app, await make_person(session))
    await session.commit()
    return World(client, ours.uid, headers)


async def test_webhooks_are_managed_by_editors_and_owners_and_one_s_own_by_oneself(
    world: World, session: AsyncSession
) -> None:
    ask, owned = world.ask, {**BODY, "organisation_id": str(world.ours)}
    for by in ("viewer", "stranger"):
        refused = await ask(by, "POST", json=owned)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body/organisation_id")
    created = await ask("editor", "POST", json=owned)
    assert created.status_code == 201
    hook = created.json()
    assert created.headers["Location"] == f"/v1/webhooks/{hook['id']}"
    assert (hook["enabled"], hook["event_types"]) == (True, ["platform.published", "result.decided"])
    assert hook["secret"].startswith("whsec_")
    own = (await ask("viewer", "POST", json=BODY)).json()
    stored = (await session.scalars(select(WebhookEndpoint))).all()
    assert all(hook["secret"].removeprefix("whsec_") not in row.secret for row in stored)

    path = f"/{hook['id']}"
    del hook["secret"]
    assert (await ask("owner", "GET", path)).json() == hook
    for by, status in (("viewer", 404), ("stranger", 404), ("no key", 403), ("reading key", 404)):
        assert (await ask(by, "GET", path)).status_code == status, by
    # The keys are of the viewer: by a key nobody has to do with webhooks of their own.
    assert (await ask("viewer", "GET", f"/{own['id']}")).status_code == 200
    assert (await ask("key", "GET", f"/{own['id']}")).status_code == 404
    assert (await ask("key", "GET")).json()["items"] == []
    assert (await ask("key", "POST", json=BODY)).status_code == 422
    for by, expected in (("owner", [hook["id"]]), ("viewer", [own["id"]]), ("stranger", [])):
        assert [item["id"] for item in (await ask(by, "GET")).json()["items"]] == expected
    of_ours = await ask("owner", "GET", params={"organisation_id": str(world.ours), "total": True})
    assert of_ours.json()["total"] == 1


async def test_what_becomes_of_a_webhook_is_told_by_its_version_and_the_audit_trail(
    world: World, session: AsyncSession
) -> None:
    ask = world.ask
    created = await ask("owner", "POST", json={**BODY, "organisation_id": str(world.ours)})
    path = f"/{created.json()['id']}"
    version = {"If-Match": (await ask("owner", "GET", path)).headers["ETag"]}
    assert (await ask("owner", "PATCH", path, json={"description": None})).status_code == 428
    edited = await ask(
        "owner", "PATCH", path, json={"description": None, "event_types": ["match.alert"]}, headers=version
    )
    assert (edited.json()["description"], edited.json()["event_types"]) == (None, ["match.alert"])
    assert (await ask("owner", "PATCH", path, json={}, headers=version)).status_code == 412
    latest = {"If-Match": edited.headers["ETag"]}
    for wrong in ({"url": None}, {"event_types": None}, {"event_types": []}, {"url": "https://10.0.0.1/"}):
        assert (await ask("owner", "PATCH", path, json=wrong, headers=latest)).status_code == 422
    off = (await ask("editor", "POST", f"{path}/disable")).json()
    assert (off["enabled"], off["disabled_reason"]) == (False, "owner")
    on = (await ask("editor", "POST", f"{path}/enable")).json()
    assert (on["enabled"], on["disabled_reason"]) == (True, None)
    assert (await ask("owner", "DELETE", path, headers=latest)).status_code == 412
    assert (await ask("owner", "DELETE", path, headers={"If-Match": "*"})).status_code == 204
    assert (await ask("owner", "GET", path)).status_code == 404

    trail = (await session.scalars(select(AuditEntry))).all()
    actions = [row.action.removeprefix("webhook.") for row in trail if row.organisation_uid == world.ours]
    assert actions == ["created", "changed", "disabled", "enabled", "deleted"]
    written = str([(row.before, row.after) for row in trail])
    assert "hooks.example.com" in written
    assert "hidden" not in written
    assert "whsec" not in written


async def test_what_cannot_be_a_webhook_is_refused_by_name(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    person = await make_person(session)
    headers = await signed_in_as(session, app, person)
    for _ in range(MOST_PER_OWNER - 1):
        await make_webhook(session, person_id=person.id)
    full = await make_webhook(session, person_id=person.id, disabled_at=person.created_at)
    delivery = await make_delivery(session, full)
    await session.commit()
    good = {"url": URL, "event_types": ["platform.published"]}
    for wrong, pointer, code in (
        ({"url": "http://example.com/"}, "/body/url", "webhook_url"),
        ({"url": "https://127.0.0.1:8000/"}, "/body/url", "webhook_url"),
        ({"url": "https://[::ffff:192.168.0.1]/"}, "/body/url", "webhook_url"),
        ({"url": "https://me:secret@example.com/"}, "/body/url", "webhook_url"),
        ({"event_types": ["platform.exploded"]}, "/body/event_types/0", "unknown_event_type"),
        ({"secret": "whsec_AAAA"}, "/body/secret", "extra_forbidden"),
    ):
        answer = await client.post("/v1/webhooks", json={**good, **wrong}, headers=headers)
        assert answer.status_code == 422, wrong
        assert [(item["pointer"], item["code"]) for item in answer.json()["errors"]] == [(pointer, code)]
    answer = await client.post("/v1/webhooks", json=good, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-webhooks")
    replay = f"/v1/webhooks/{full.uid}/deliveries/{delivery.uid}/replay"
    assert (await client.post(replay, headers=headers)).json()["code"] == "wrong-state"
    types = (await client.get("/v1/webhook-event-types")).json()["items"]
    addressed = {item["type"]: item["addressed"] for item in types}
    assert addressed["platform.published"] is False
    assert addressed["match.alert"] is True
