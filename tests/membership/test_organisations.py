"""Organisations of users and their members, over HTTP."""

from datetime import date

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.kit.credit_code import check_digit
from app.membership.policy import can_read_organisation, organisations_readable_by
from app.models import (
    AuditEntry,
    Department,
    DepartmentDuty,
    Organisation,
    OrganisationRole,
    metadata,
)
from tests.auth.test_who import REGIONS, city_of, principals
from tests.factories.people import make_duty, make_person, signed_in_as
from tests.factories.registry import make_organisation, make_platform, make_vocabulary
from tests.membership.conftest import People, etag

_EVENT = metadata.tables["outbox_event"].c
CODE = "91330106MA27XL2T6" + check_digit("91330106MA27XL2T6")
NEW = {"name_zh": "杭州示例检测有限公司", "name_en": "Example Testing", "slug": "example-testing"}


async def test_who_creates_an_organisation_owns_it(client: httpx.AsyncClient, people: People) -> None:
    body = {**NEW, "credit_code": f" {CODE.lower()} ", "region_code": "330100", "kind": "enterprise"}
    created = await client.post("/v1/organisations", json=body, headers=people.stranger.headers)
    assert created.status_code == 201
    answer = created.json()
    assert created.headers["Location"] == f"/v1/organisations/{answer['id']}"
    assert answer["credit_code"] == CODE
    assert answer["region"] == {"code": "330100", "label": "杭州市"}
    assert (answer["my_role"], answer["demo"]) == ("owner", False)
    for key in (answer["id"], "example-testing"):
        read = await client.get(f"/v1/organisations/{key}", headers=people.stranger.headers)
        assert read.json() == answer
    listed = await client.get("/v1/organisations", headers=people.stranger.headers)
    assert [item["slug"] for item in listed.json()["items"]] == ["example-testing"]


async def test_without_a_slug_one_is_made_and_nothing_else_is_needed(
    client: httpx.AsyncClient, people: People
) -> None:
    created = await client.post(
        "/v1/organisations", json={"name_zh": "某机构"}, headers=people.stranger.headers
    )
    assert created.status_code == 201
    assert created.json()["slug"].startswith("org-")


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"name_zh": " "}, "/body/name_zh", "string_too_short"),
        ({"credit_code": CODE[:-1] + ("0" if CODE[-1] != "0" else "1")}, "/body/credit_code", "credit_code"),
        ({"slug": "0191a2b3-c4d5-7e8f-9a0b-1c2d3e4f5a6b"}, "/body/slug", "slug"),
        ({"slug": "Not A Slug"}, "/body/slug", "slug"),
        ({"region_code": "999999"}, "/body/region_code", "unknown_code"),
        ({"verified": True}, "/body/verified", "extra_forbidden"),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx.AsyncClient, people: People, wrong: dict[str, object], pointer: str, code: str
) -> None:
    answer = await client.post("/v1/organisations", json={**NEW, **wrong}, headers=people.stranger.headers)
    assert answer.status_code == 422
    assert [(item["pointer"], item["code"]) for item in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("same", ["slug", "credit_code"])
async def test_two_organisations_have_neither_slug_nor_credit_code_in_common(
    client: httpx.AsyncClient, people: People, same: str
) -> None:
    first = {**NEW, "credit_code": CODE}
    second = {"name_zh": "另一机构", same: first[same]}
    for body, status in ((first, 201), (second, 409)):
        answer = await client.post("/v1/organisations", json=body, headers=people.stranger.headers)
        assert answer.status_code == status
    assert answer.json()["code"] == "organisation-exists"


async def test_several_organisations_may_have_no_credit_code(
    client: httpx.AsyncClient, people: People
) -> None:
    for name in ("甲", "乙"):
        answer = await client.post(
            "/v1/organisations", json={"name_zh": name}, headers=people.stranger.headers
        )
        assert answer.status_code == 201


async def test_an_edit_changes_what_it_names_and_null_clears(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await etag(client, people.path, people.owner)
    body = {"name_zh": "新名", "name_en": None, "credit_code": CODE}
    edited = await client.patch(people.path, json=body, headers=headers)
    assert edited.status_code == 200
    answer = edited.json()
    assert answer["name"] == {"zh": "新名", "en": None}
    assert (answer["credit_code"], answer["kind"]) == (CODE, "enterprise")
    read = await client.get(people.path, headers=people.viewer.headers)
    assert read.headers["ETag"] == edited.headers["ETag"] != headers["If-Match"]
    assert read.json() == {**answer, "my_role": "viewer"}


async def test_of_two_editors_with_one_version_the_second_is_told(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await etag(client, people.path, people.owner)
    first = await client.patch(people.path, json={"kind": "university_institute"}, headers=headers)
    second = await client.patch(people.path, json={"kind": "government"}, headers=headers)
    none = await client.patch(people.path, json={"kind": "government"}, headers=people.owner.headers)
    assert [first.status_code, second.status_code, none.status_code] == [200, 412, 428]
    assert second.headers["ETag"] == first.headers["ETag"]


async def test_the_chinese_name_cannot_be_cleared(client: httpx.AsyncClient, people: People) -> None:
    headers = await etag(client, people.path, people.owner)
    answer = await client.patch(people.path, json={"name_zh": None}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/body/name_zh"


async def test_who_may_not_see_an_organisation_cannot_tell_it_from_none(
    client: httpx.AsyncClient, people: People
) -> None:
    hidden = await client.get(people.path, headers=people.stranger.headers)
    absent = await client.get("/v1/organisations/no-such", headers=people.stranger.headers)
    for answer in (hidden, absent):
        problem = answer.json()
        del problem["instance"], problem["request_id"]
        assert answer.status_code == 404
    assert problem["code"] == "organisation-not-found"
    assert (await client.patch(people.path, json={}, headers=people.viewer.headers)).status_code == 403
    assert (await client.get(people.path)).status_code == 401
    listed = await client.get("/v1/organisations", headers=people.stranger.headers)
    assert listed.json()["items"] == []


@pytest.mark.parametrize(("region", "status"), [("330000", 200), ("330100", 200), ("330200", 404)])
async def test_a_department_sees_the_organisations_of_its_region(
    client: httpx.AsyncClient,
    people: People,
    session: AsyncSession,
    app: object,
    region: str,
    status: int,
) -> None:
    person = await make_person(session)
    await make_duty(session, person, Department.SCIENCE, region, DepartmentDuty.REVIEWER)
    headers = await signed_in_as(session, app, person)  # type: ignore[arg-type]
    await session.commit()
    assert (await client.get(people.path, headers=headers)).status_code == status
    listed = (await client.get("/v1/organisations", headers=headers)).json()["items"]
    assert [item["slug"] for item in listed] == ([people.organisation.slug] if status == 200 else [])
    members = await client.get(f"{people.path}/members", headers=headers)
    assert members.status_code == (403 if status == 200 else 404)


async def test_the_list_shows_exactly_what_may_be_read(session: AsyncSession) -> None:
    await make_vocabulary(session)
    rows = [await make_organisation(session, region_code=region) for region in REGIONS]
    for principal in [*principals([row.id or 0 for row in rows[:3]]), Principal(person_id=10**6)]:
        condition = organisations_readable_by(principal)
        found = await session.scalars(select(metadata.tables["organisation"].c.id).where(condition))
        expected = {row.id for row in rows if can_read_organisation(principal, row, city_of)}
        assert set(found.all()) == expected, principal


async def test_members_are_listed_with_their_roles(client: httpx.AsyncClient, people: People) -> None:
    answer = await client.get(f"{people.path}/members", headers=people.viewer.headers)
    assert [(item["email"], item["role"]) for item in answer.json()["items"]] == [
        (asker.person.email, role)
        for asker, role in (
            (people.owner, "owner"),
            (people.editor, "editor"),
            (people.viewer, "viewer"),
        )
    ]


async def test_an_owner_changes_a_role_and_takes_a_member_out(
    client: httpx.AsyncClient, people: People
) -> None:
    path = f"{people.path}/members/{people.viewer.person.uid}"
    headers = await etag(client, path, people.owner)
    changed = await client.patch(path, json={"role": "editor"}, headers=headers)
    assert (changed.status_code, changed.json()["role"]) == (200, "editor")
    stale = await client.delete(path, headers=headers)
    assert stale.status_code == 412
    removed = await client.delete(path, headers=await etag(client, path, people.owner))
    assert removed.status_code == 204
    assert (await client.get(people.path, headers=people.viewer.headers)).status_code == 404


async def test_a_member_may_leave_but_not_take_out_another(client: httpx.AsyncClient, people: People) -> None:
    own = f"{people.path}/members/{people.viewer.person.uid}"
    other = f"{people.path}/members/{people.editor.person.uid}"
    refused = await client.delete(other, headers=await etag(client, other, people.viewer))
    assert refused.status_code == 403
    left = await client.delete(own, headers=await etag(client, own, people.viewer))
    assert left.status_code == 204


@pytest.mark.parametrize("asked_by", ["owner", "admin"])
async def test_the_last_owner_can_neither_leave_nor_be_downgraded(
    client: httpx.AsyncClient, people: People, asked_by: str
) -> None:
    path = f"{people.path}/members/{people.owner.person.uid}"
    headers = await etag(client, path, getattr(people, asked_by))
    downgraded = await client.patch(path, json={"role": "editor"}, headers=headers)
    left = await client.delete(path, headers=headers)
    assert [downgraded.status_code, left.status_code] == [409, 409]
    assert downgraded.json()["code"] == left.json()["code"] == "last-owner"
    same = await client.patch(path, json={"role": "owner"}, headers=headers)
    assert same.status_code == 200


async def test_with_a_second_owner_the_first_may_go(client: httpx.AsyncClient, people: People) -> None:
    second = f"{people.path}/members/{people.editor.person.uid}"
    headers = await etag(client, second, people.owner)
    assert (await client.patch(second, json={"role": "owner"}, headers=headers)).status_code == 200
    first = f"{people.path}/members/{people.owner.person.uid}"
    left = await client.delete(first, headers=await etag(client, first, people.owner))
    assert left.status_code == 204


async def test_who_is_no_member_is_not_found(client: httpx.AsyncClient, people: People) -> None:
    path = f"{people.path}/members/{people.stranger.person.uid}"
    answer = await client.get(path, headers=people.owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "member-not-found")
    own = await client.delete(path, headers={**people.stranger.headers, "If-Match": "*"})
    assert (own.status_code, own.json()["code"]) == (404, "organisation-not-found")


async def test_every_change_is_on_the_audit_trail(
    client: httpx.AsyncClient, people: People, session: AsyncSession
) -> None:
    await client.patch(
        people.path, json={"kind": "other"}, headers=await etag(client, people.path, people.owner)
    )
    path = f"{people.path}/members/{people.viewer.person.uid}"
    await client.patch(path, json={"role": "editor"}, headers=await etag(client, path, people.owner))
    await client.delete(path, headers=await etag(client, path, people.owner))
    table = metadata.tables["audit_entry"].c
    rows = (await session.scalars(select(AuditEntry).order_by(table.id))).all()
    assert [(row.action, row.entity_uid) for row in rows] == [
        ("organisation.changed", people.organisation.uid),
        ("member.changed", people.viewer.person.uid),
        ("member.removed", people.viewer.person.uid),
    ]
    assert {row.organisation_uid for row in rows} == {people.organisation.uid}
    assert {row.actor for row in rows} == {f"person:{people.owner.person.uid}"}
    assert rows[0].before is not None
    assert rows[0].after is not None
    assert (rows[0].before["kind"], rows[0].after["kind"]) == ("enterprise", "other")
    assert (rows[1].before, rows[1].after) == ({"role": "viewer"}, {"role": "editor"})
    assert (rows[2].before, rows[2].after) == ({"role": "editor"}, None)


async def test_creating_twice_with_one_idempotency_key_creates_once(
    client: httpx.AsyncClient, people: People, session: AsyncSession
) -> None:
    headers = {**people.stranger.headers, "Idempotency-Key": "create-once"}
    answers = [await client.post("/v1/organisations", json=NEW, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    found = await session.scalars(
        select(Organisation).where(metadata.tables["organisation"].c.slug == NEW["slug"])
    )
    assert len(found.all()) == 1
    assert answers[1].json()["my_role"] == OrganisationRole.OWNER


async def test_an_owner_cannot_rename_what_the_public_sees_and_the_department_can(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, people: People
) -> None:
    platform = await make_platform(session, operator_id=people.organisation.id)
    official = await make_person(session)
    await make_duty(session, official, Department.ECONOMY, "330100", DepartmentDuty.REVIEWER)
    await session.commit()
    headers = await etag(client, people.path, people.owner)
    refused = await client.patch(people.path, json={"name_zh": "未经审核的新名"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "identity-is-public")
    same = await client.patch(people.path, json={"name_en": "Example body"}, headers=headers)
    assert same.status_code == 200
    by_department = await signed_in_as(session, app, official) | {"If-Match": headers["If-Match"]}
    renamed = await client.patch(people.path, json={"name_zh": "核准的新名"}, headers=by_department)
    assert renamed.status_code == 200
    assert renamed.json()["name"]["zh"] == "核准的新名"
    told = await session.scalars(select(_EVENT.type).where(_EVENT.platform_uid == platform.uid))
    assert list(told) == ["platform.changed"]


async def test_an_organisation_that_runs_platforms_cannot_be_closed(
    client: httpx.AsyncClient, session: AsyncSession, people: People
) -> None:
    platform = await make_platform(session, operator_id=people.organisation.id, live=False)
    await session.commit()
    headers = await etag(client, people.path, people.owner)
    refused = await client.delete(people.path, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "organisation-in-use")
    platform.retired_on = date(2026, 1, 1)
    await session.commit()
    assert (await client.delete(people.path, headers=headers)).status_code == 204
    assert (await client.get(people.path, headers=people.owner.headers)).status_code == 404
    kept = await session.get(Organisation, people.organisation.id, populate_existing=True)
    assert kept is not None


async def test_a_closed_organisation_that_nothing_points_to_is_gone(
    client: httpx.AsyncClient, session: AsyncSession, people: People
) -> None:
    headers = await etag(client, people.path, people.owner)
    by_editor = headers | people.editor.headers
    assert (await client.delete(people.path, headers=by_editor)).status_code == 403
    assert (await client.delete(people.path, headers=headers)).status_code == 204
    named = metadata.tables["organisation"].c.slug == people.organisation.slug
    assert (await session.scalars(select(Organisation).where(named))).all() == []
