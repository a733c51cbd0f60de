"""What an admin grants, and what one is told of the own roles."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scopes import Scope
from tests.factories.people import with_key
from tests.membership.conftest import People

PATH = "/v1/department-members"


def duty(people: People, **known: str) -> dict[str, str]:
    return {
        "email": people.stranger.person.email,
        "department": "economy",
        "region_code": "330100",
        "role": "reviewer",
        **known,
    }


async def test_an_admin_grants_a_duty_and_takes_it_back(client: httpx.AsyncClient, people: People) -> None:
    granted = await client.post(PATH, json=duty(people), headers=people.admin.headers)
    assert granted.status_code == 201
    answer = granted.json()
    assert (answer["platform_kind"], answer["region"]) == (
        "pilot_platform",
        {"code": "330100", "label": "杭州市"},
    )
    # The organisation of the others lies in a county of the city.
    assert (await client.get(people.path, headers=people.stranger.headers)).status_code == 200
    listed = await client.get(f"{PATH}?department=economy", headers=people.admin.headers)
    assert listed.json()["items"] == [answer]
    none = await client.get(f"{PATH}?region_code=330000", headers=people.admin.headers)
    assert none.json()["items"] == []
    path = f"{PATH}/{answer['id']}"
    assert (await client.delete(path, headers=people.admin.headers)).status_code == 204
    assert (await client.delete(path, headers=people.admin.headers)).status_code == 404
    assert (await client.get(people.path, headers=people.stranger.headers)).status_code == 404


async def test_a_duty_is_granted_once(client: httpx.AsyncClient, people: People) -> None:
    for role, status in (("reviewer", 201), ("reviewer", 409), ("publisher", 201)):
        answer = await client.post(PATH, json=duty(people, role=role), headers=people.admin.headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"region_code": "330110"}, "/body/region_code", "not_a_department_region"),
        ({"region_code": "440000"}, "/body/region_code", "unknown_code"),
        ({"email": "nobody@example.com"}, "/body/email", "unknown_person"),
        ({"department": "police"}, "/body/department", "enum"),
    ],
)
async def test_what_is_wrong_with_a_duty_is_named(
    client: httpx.AsyncClient, people: People, wrong: dict[str, str], pointer: str, code: str
) -> None:
    answer = await client.post(PATH, json=duty(people, **wrong), headers=people.admin.headers)
    assert answer.status_code == 422
    assert [(item["pointer"], item["code"]) for item in answer.json()["errors"]] == [(pointer, code)]


async def test_only_an_admin_grants(client: httpx.AsyncClient, people: People) -> None:
    for asker in (people.owner, people.stranger):
        answer = await client.post(PATH, json=duty(people), headers=asker.headers)
        assert answer.status_code == 403
    assert (await client.post(PATH, json=duty(people))).status_code == 401


async def test_an_admin_names_experts(client: httpx.AsyncClient, people: People) -> None:
    email = people.stranger.person.email
    for _ in range(2):
        named = await client.post("/v1/experts", json={"email": email}, headers=people.admin.headers)
        assert named.status_code == 200
    listed = await client.get("/v1/experts", headers=people.admin.headers)
    assert [item["email"] for item in listed.json()["items"]] == [email]
    mine = await client.get("/v1/me/roles", headers=people.stranger.headers)
    assert mine.json()["is_expert"] is True
    path = f"/v1/experts/{people.stranger.person.uid}"
    assert (await client.delete(path, headers=people.admin.headers)).status_code == 204
    assert (await client.delete(path, headers=people.admin.headers)).status_code == 404


async def test_one_is_told_what_one_is_and_may_do(
    client: httpx.AsyncClient, people: People, session: AsyncSession, app: FastAPI
) -> None:
    mine = (await client.get("/v1/me/roles", headers=people.owner.headers)).json()
    assert [(item["organisation"]["slug"], item["role"]) for item in mine["organisations"]] == [
        (people.organisation.slug, "owner")
    ]
    assert (mine["scopes"], mine["departments"], mine["is_admin"]) == (None, [], False)
    assert {"update_organisation", "create_invitation", "search_catalogue"} <= set(mine["operations"])
    assert "create_expert" not in mine["operations"]
    headers = await with_key(session, app, people.owner.person, Scope.ORGANISATION_READ)
    await session.commit()
    by_key = (await client.get("/v1/me/roles", headers=headers)).json()
    assert by_key["scopes"] == ["organisation:read"]
    assert set(by_key["operations"]) < set(mine["operations"])
    assert "get_organisation" in by_key["operations"]
    assert "update_organisation" not in by_key["operations"]


async def test_the_departments_of_an_admins_making_show_among_the_own_roles(
    client: httpx.AsyncClient, people: People
) -> None:
    await client.post(PATH, json=duty(people, department="science"), headers=people.admin.headers)
    headers = {**people.stranger.headers, "Accept-Language": "en"}
    mine = (await client.get("/v1/me/roles", headers=headers)).json()
    assert mine["departments"] == [
        {
            "department": "science",
            "platform_kind": "verification_centre",
            "region": {"code": "330100", "label": "Hangzhou"},
            "role": "reviewer",
        }
    ]
