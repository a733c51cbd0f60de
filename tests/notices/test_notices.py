"""Being told: once for each cause, in both languages, in one's own inbox."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Department, DepartmentDuty, OrganisationRole, Person
from app.models.base import new_uid
from app.notices import (
    Notice,
    NoticeType,
    notify,
    people_of_department,
    people_of_organisation,
    people_of_organisations,
    uids_of,
)
from app.notices.links import PATHS, link_to
from app.notices.wording import WORDING, missing_keys, render
from tests.factories.people import make_duty, make_member, make_person, signed_in_as
from tests.factories.registry import make_organisation, make_vocabulary
from tests.fixtures.contract import document

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
STAGE = {"title": "高安全电池", "stage": {"zh": "验证中", "en": "verifying"}}


def test_every_type_has_words_in_both_languages_with_the_same_keys() -> None:
    assert set(WORDING) == set(NoticeType)
    for kind, wording in WORDING.items():
        assert wording.title.en, kind
        assert wording.body.en, kind
        words = render(kind, {key: f"<{key}>" for key in wording.keys})
        for lang in ("zh", "en"):
            whole = words.title.in_lang(lang) + words.body.in_lang(lang)  # type: ignore[arg-type]
            assert all(f"<{key}>" in whole for key in wording.keys), (kind, lang)
            assert "{" not in whole


@given(st.sampled_from(NoticeType), st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_a_notification_can_be_read_whatever_its_payload_holds(
    kind: NoticeType, payload: dict[str, object]
) -> None:
    words = render(kind, payload)
    assert words.title.zh
    assert words.body.en
    assert ("—" in words.title.zh + words.body.zh) or missing_keys(kind, payload) == []


def test_values_in_two_languages_are_told_in_each_and_braces_stay() -> None:
    words = render(
        NoticeType.PROJECT_STAGE_CHANGED, {"title": "{stage}", "stage": {"zh": "验证中", "en": None}}
    )
    assert words.body.zh == "项目“{stage}”进入阶段：验证中。"
    assert words.body.en == "“{stage}” is now at the stage: 验证中."


def test_every_link_leads_to_where_the_thing_is_read() -> None:
    reading = {
        re.sub(r"{.*}", "{uid}", path) for path, methods in document()["paths"].items() if "get" in methods
    }
    assert set(PATHS.values()) <= reading
    uid = new_uid()
    assert link_to("result", uid) == f"/v1/results/{uid}"
    assert link_to("vocabulary", None) is None
    assert link_to("access_request", uid) is None


async def people_of(session: AsyncSession) -> dict[str, Person]:
    names = ("owner", "viewer", "disabled", "city", "other city", "province", "economy", "publisher")
    return {name: await make_person(session, disabled=name == "disabled") for name in names}


async def test_who_is_to_be_told(session: AsyncSession) -> None:
    await make_vocabulary(session)
    people = await people_of(session)
    organisation = await make_organisation(session, region_code="330110")
    roles = {
        "owner": OrganisationRole.OWNER,
        "viewer": OrganisationRole.VIEWER,
        "disabled": OrganisationRole.OWNER,
    }
    for name, role in roles.items():
        await make_member(session, people[name], organisation, role)
    science, reviewer = Department.SCIENCE, DepartmentDuty.REVIEWER
    for name, department, region, duty in (
        ("city", science, "330100", reviewer),
        ("city", science, "330100", DepartmentDuty.PUBLISHER),
        ("other city", science, "330200", reviewer),
        ("province", science, "330000", reviewer),
        ("economy", Department.ECONOMY, "330100", reviewer),
        ("publisher", science, "330100", DepartmentDuty.PUBLISHER),
        ("disabled", science, "330100", reviewer),
    ):
        await make_duty(session, people[name], department, region, duty)

    def names(keys: object) -> list[str]:
        return [name for name, person in people.items() if person.id in list(keys)]  # type: ignore[call-overload]

    assert organisation.id is not None
    assert names(await people_of_organisation(session, organisation.id)) == ["owner", "viewer"]
    owners = await people_of_organisation(session, organisation.id, [OrganisationRole.OWNER])
    assert names(owners) == ["owner"]
    both = [organisation.id, (await make_organisation(session)).id or 0]
    assert await people_of_organisations(session, both, [OrganisationRole.OWNER]) == owners
    assert await uids_of(session, owners) == {people["owner"].uid}
    for region, expected in (
        ("330110", ["city", "province", "publisher"]),
        ("330100", ["city", "province", "publisher"]),
        ("330200", ["other city", "province"]),
        ("330000", ["province"]),
        (None, ["province"]),
    ):
        assert names(await people_of_department(session, science, region)) == expected, region
    reviewers = await people_of_department(session, science, "330110", [reviewer])
    assert names(reviewers) == ["city", "province"]


async def test_an_inbox_holds_each_cause_once_and_is_read_by_its_owner_only(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    mine, yours = await make_person(session), await make_person(session)
    headers = await signed_in_as(session, app, mine)
    others = await signed_in_as(session, app, yours)
    both, result = [mine.id or 0, yours.id or 0, mine.id or 0], new_uid()
    kind = NoticeType.PROJECT_STAGE_CHANGED
    for number in range(3):
        notice = Notice(kind, "pool_project", result, STAGE, f"stage:{number}")
        assert await notify(session, both, notice, now=NOW + timedelta(hours=number)) == 2
        assert await notify(session, both, notice, now=NOW + timedelta(days=1)) == 0
    assert await notify(session, [], notice) == 0
    revoked = Notice(NoticeType.ACCESS_REVOKED, "result", result, {"title": "高安全电池"}, "stage:0")
    assert await notify(session, both, revoked) == 0
    for wrong in (Notice(kind, "result", result, {}, "x"), Notice(kind, "result", result, STAGE)):
        with pytest.raises(ValueError, match="needs"):
            await notify(session, both, wrong)
    await session.commit()

    page = (await client.get("/v1/notifications", params={"limit": 2}, headers=headers)).json()
    assert (page["unread"], len(page["items"])) == (3, 2)
    newest = page["items"][0]
    assert newest["created_at"] == "2026-12-01T10:00:00Z"
    assert newest["body"] == {
        "zh": "项目“高安全电池”进入阶段：验证中。",
        "en": "“高安全电池” is now at the stage: verifying.",
    }
    assert newest["subject"]["id"] == str(result)
    rest = await client.get(
        "/v1/notifications", params={"limit": 2, "cursor": page["next_cursor"]}, headers=headers
    )
    (oldest,) = rest.json()["items"]
    path = f"/v1/notifications/{oldest['id']}"
    assert (await client.get(path, headers=others)).json()["code"] == "notification-not-found"
    assert (await client.post(f"{path}/read", headers=others)).status_code == 404
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=headers)).json()["read_at"] is None
    read = (await client.post(f"{path}/read", headers=headers)).json()["read_at"]
    assert read is not None
    assert (await client.post(f"{path}/read", headers=headers)).json()["read_at"] == read

    async def listed(**asked: str) -> list[str]:
        answer = await client.get("/v1/notifications", params=asked, headers=headers)
        return [item["id"] for item in answer.json()["items"]]

    assert await listed(unread="false") == [oldest["id"]]
    assert len(await listed(unread="true", type="project_stage_changed")) == 2
    assert await listed(type="match_alert") == []
    until = {"before": "2026-12-01T09:30:00Z"}
    assert (await client.post("/v1/notifications/read-all", params=until, headers=headers)).json() == {
        "read": 1
    }
    assert await listed(unread="true") == [newest["id"]]
    assert (await client.post("/v1/notifications/read-all", headers=headers)).json() == {"read": 1}
    assert await listed(unread="true") == []
    theirs = (await client.get("/v1/notifications", headers=others)).json()
    assert theirs["unread"] == 3
