"""How complete a draft is: over HTTP, for its people and the department, and as the bar to submission."""

from datetime import date

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Platform
from tests.factories.registry import make_accreditation, make_line, make_service
from tests.listing.review_world import HIDDEN_FROM, World, make_world


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


async def findings(world: World, platform: Platform | None = None, who: str = "owner") -> dict[str, str]:
    """Return the pointers of what is found, by code."""
    answer = await world.ask(who, "GET", world.path("/completeness", platform))
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"]
    found = answer.json()
    assert found["errors"] + found["warnings"] + found["advice"] == len(found["findings"])
    return {one["code"]: one["pointer"] for one in found["findings"]}


async def test_what_a_new_draft_lacks_is_told_and_mending_it_raises_the_score(world: World) -> None:
    path = world.path("/completeness")
    before = (await world.ask("owner", "GET", path)).json()
    assert {"services_missing", "contacts_missing", "intake_missing"} <= {
        one["code"] for one in before["findings"]
    }
    body = {"title_zh": "提交委托单"}
    version = await world.version()
    added = await world.ask("owner", "POST", world.path("/draft/intake-steps"), body, version)
    assert added.status_code == 201, added.text
    after = (await world.ask("owner", "GET", path)).json()
    assert after["score"] > before["score"]
    assert "intake_missing" not in {one["code"] for one in after["findings"]}


async def test_what_is_published_is_judged_where_there_is_no_draft(world: World) -> None:
    platform = world.seeded
    service = await make_service(world.session, platform)
    accreditation = await make_accreditation(world.session, platform, valid_to=date(2025, 6, 30))
    await make_line(world.session, accreditation)
    found = await findings(world, platform, "reviewer")
    assert found["accreditation_expired"] == "/accreditations/0/document/valid_to"
    assert service.id is not None


@pytest.mark.parametrize("who", [*HIDDEN_FROM, None])
async def test_nobody_else_learns_of_the_draft(world: World, who: str | None) -> None:
    answer = await world.ask(who or "nobody", "GET", world.path("/completeness"))
    assert answer.status_code == (401 if who is None else 404)


async def test_a_draft_with_errors_cannot_be_submitted_until_they_are_mended(world: World) -> None:
    path = world.path("/draft")
    body = {"scheme": "CNAS", "state": "granted", "certificate_no": None}
    added = await world.ask("owner", "POST", f"{path}/accreditations", body)
    assert added.status_code == 201, added.text
    refused = await world.submit()
    assert refused.status_code == 409
    assert refused.json()["code"] == "findings-remain"
    assert [(one["code"], one["pointer"]) for one in refused.json()["errors"]] == [
        ("certificate_no_missing", "/accreditations/0/document/certificate_no")
    ]
    item = f"{path}/accreditations/{added.json()['id']}"
    mended = await world.ask("owner", "PATCH", item, {"certificate_no": "CNAS L1234"}, "read")
    assert mended.status_code == 200, mended.text
    assert (await world.submit()).status_code == 200
