"""Several editors at once, each with a connection and a transaction of their own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import func, select

from app.db import SessionFactory
from app.models import Listing, ListingItem, OrganisationRole, ScopeLine, metadata
from app.settings import Settings
from tests.factories.people import make_member, make_person, signed_in_as
from tests.factories.registry import (
    make_accreditation,
    make_organisation,
    make_platform,
    make_service,
    make_vocabulary,
)
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract

ITEM = metadata.tables["listing_item"].c
LINE = {"object": "动力蓄电池单体", "parameter": "过充电", "standard": "GB 38031-2020"}


@dataclass(frozen=True)
class Shared:
    """A public platform with a service and an accreditation, and two editors of its operator."""

    client: httpx.AsyncClient
    new_session: SessionFactory
    path: str
    service: str
    lines: str
    editors: list[dict[str, str]]


@pytest.fixture
async def shared(
    settings: Settings, contract: Contract, own_sessions: SessionFactory
) -> AsyncIterator[Shared]:
    app = as_new(settings)
    app.state.new_session = own_sessions
    async with own_sessions() as session, session.begin():
        await make_vocabulary(session)
        organisation = await make_organisation(session)
        platform = await make_platform(session, operator_id=organisation.id)
        service = await make_service(session, platform)
        accreditation = await make_accreditation(session, platform)
        editors = []
        for _ in range(2):
            person = await make_person(session)
            await make_member(session, person, organisation, OrganisationRole.EDITOR)
            editors.append(await signed_in_as(session, app, person))
    path = f"/v1/platforms/{platform.slug}/draft"
    async with client_of(app, contract) as client:
        yield Shared(
            client,
            own_sessions,
            path,
            f"{path}/services/{service.uid}",
            f"/v1/accreditations/{accreditation.slug}/scope-lines",
            editors,
        )


async def test_of_two_editors_of_one_version_the_second_is_told_that_it_changed(shared: Shared) -> None:
    version = (await shared.client.get(shared.service, headers=shared.editors[0])).headers["ETag"]
    answers = await asyncio.gather(
        *(
            shared.client.patch(
                shared.service, json={"title_zh": f"名称{number}"}, headers={**headers, "If-Match": version}
            )
            for number, headers in enumerate(shared.editors)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    kept = next(answer.json() for answer in answers if answer.status_code == 200)
    now = (await shared.client.get(shared.service, headers=shared.editors[1])).json()
    assert now == {**kept, "findings": None}
    async with shared.new_session() as session:
        assert await session.scalar(select(func.count()).select_from(ListingItem)) == 2


async def test_two_edits_of_the_whole_platform_at_once_open_one_draft(shared: Shared) -> None:
    version = (await shared.client.get(shared.path, headers=shared.editors[0])).headers["ETag"]
    answers = await asyncio.gather(
        *(
            shared.client.patch(
                shared.path, json={"place_zh": f"地点{number}"}, headers={**headers, "If-Match": version}
            )
            for number, headers in enumerate(shared.editors)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    async with shared.new_session() as session:
        listing = (await session.scalars(select(Listing))).one()
        assert (listing.revision, listing.published, listing.version) == (2, 1, 2)


async def test_edits_of_different_items_at_once_are_both_kept(shared: Shared) -> None:
    answers = await asyncio.gather(
        shared.client.patch(
            shared.service, json={"title_zh": "新名称"}, headers={**shared.editors[0], "If-Match": "*"}
        ),
        shared.client.post(
            f"{shared.path}/equipment", json={"name_zh": "盐雾试验箱"}, headers=shared.editors[1]
        ),
    )
    assert [answer.status_code for answer in answers] == [200, 201]
    draft = (await shared.client.get(shared.path, headers=shared.editors[0])).json()
    assert (draft["revision"], draft["services"][0]["document"]["title_zh"]) == (2, "新名称")
    assert len(draft["equipment"]) == 1


async def test_the_same_line_from_two_at_once_is_there_once(shared: Shared) -> None:
    answers = await asyncio.gather(
        *(shared.client.post(shared.lines, json=LINE, headers=headers) for headers in shared.editors)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    async with shared.new_session() as session:
        assert await session.scalar(select(func.count()).select_from(ScopeLine)) == 1
