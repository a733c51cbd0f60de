"""Single scope lines of a draft, and how a draft differs from what is published."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Accreditation, Platform, ScopeLine, StandardEdition
from tests.factories.registry import make_accreditation, make_line, make_platform, make_service
from tests.listing.review_world import HIDDEN_FROM, World, make_world

LINE = {
    "site": "一号场所",
    "object": "动力蓄电池单体",
    "parameter": "过充电",
    "standard": "gb 38031—2020 8.1.3",
    "range": {"min": 5, "max": 100, "unit": "V"},
    "restriction": "只做单体",
    "effective_from": "2025-03-04",
    "effective_to": None,
}


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


@pytest.fixture
async def platform(world: World) -> Platform:
    platform = await make_platform(world.session, operator_id=world.operator.id, demo=False)
    await world.session.commit()
    return platform


@pytest.fixture
async def accreditation(world: World, platform: Platform) -> Accreditation:
    accreditation = await make_accreditation(world.session, platform)
    await world.session.commit()
    return accreditation


def lines_of(accreditation: Accreditation) -> str:
    return f"/v1/accreditations/{accreditation.slug}/scope-lines"


async def changes_of(world: World, platform: Platform) -> dict[str, Any]:
    answer = await world.ask("reviewer", "GET", f"/v1/platforms/{platform.slug}/changes")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def public_lines(world: World, platform: Platform) -> list[str | None]:
    answer = await world.client.get(f"/v1/platforms/{platform.slug}/scope-lines", params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return [line["clause"] for line in answer.json()["items"]]


async def test_a_line_is_added_to_the_draft_in_canonical_form_and_is_not_public(
    world: World, platform: Platform, accreditation: Accreditation
) -> None:
    added = await world.ask("editor", "POST", lines_of(accreditation), LINE)
    assert added.status_code == 201, added.text
    document = added.json()["document"]
    assert (document["standard"], document["clause"]) == ("GB 38031-2020", "8.1.3")
    assert (document["restriction"], document["effective_from"]) == ("只做单体", "2025-03-04")
    assert (document["range"]["min"], document["range"]["unit"]) == (5, "V")
    assert added.json()["change"] == "added"
    assert added.headers["Location"] == (
        f"/v1/accreditations/{accreditation.uid}/scope-lines/{added.json()['id']}"
    )
    assert await public_lines(world, platform) == []
    assert (await world.client.get(f"/v1/scope-lines/{added.json()['id']}")).status_code == 404
    standards = await world.client.get("/v1/standards", params={"q": "38031"})
    assert "GB 38031-2020" not in standards.text
    draft = await world.ask("viewer", "GET", f"/v1/platforms/{platform.slug}/draft/scope-lines")
    assert draft.json()["items"] == [added.json()]


async def test_the_same_line_once_more_changes_nothing(
    world: World, platform: Platform, accreditation: Accreditation
) -> None:
    added = await world.ask("editor", "POST", lines_of(accreditation), LINE)
    version = (await world.ask("viewer", "GET", f"/v1/platforms/{platform.slug}/draft")).headers["ETag"]
    spelt = {
        **LINE,
        "object": "动力蓄电池 单体",
        "standard": "GB38031-2020",
        "clause": "8.1.3",
        "range": {"text": "5V～0.1kV"},
    }
    again = await world.ask("owner", "POST", lines_of(accreditation), spelt)
    assert (again.status_code, again.json()) == (200, added.json())
    after = await world.ask("viewer", "GET", f"/v1/platforms/{platform.slug}/draft")
    assert after.headers["ETag"] == version
    assert await world.session.scalar(select(func.count()).select_from(ScopeLine)) == 1
    other = await world.ask("owner", "POST", lines_of(accreditation), {**LINE, "restriction": None})
    assert (other.status_code, other.json()["code"]) == (409, "scope-line-exists")


async def test_a_line_that_was_seeded_is_known_again(
    world: World, platform: Platform, accreditation: Accreditation
) -> None:
    seeded = await make_line(world.session, accreditation, clause="8.1.3")
    await world.session.commit()
    same = {"object": "动力蓄电池单体", "parameter": "过充电", "standard": "GB 38031-2020 8.1.3"}
    again = await world.ask("editor", "POST", lines_of(accreditation), same)
    assert (again.status_code, again.json()["id"]) == (200, seeded.id)
    draft = await world.ask("viewer", "GET", f"/v1/platforms/{platform.slug}/draft")
    assert draft.json()["state"] == "published"


async def test_an_unknown_standard_is_kept_and_flagged(world: World, accreditation: Accreditation) -> None:
    added = await world.ask(
        "editor", "POST", lines_of(accreditation), {**LINE, "standard": "T/ZZB 9999-2024"}
    )
    assert (added.status_code, added.json()["in_vocabulary"]) == (201, False)
    listed = await world.session.scalar(select(StandardEdition.listed))
    assert listed is False


@pytest.mark.parametrize(
    ("part", "pointer"),
    [
        ({"standard": "某企业标准"}, "/body/standard"),
        ({"standard": "GB 38031-2020、GB/T 2423.17-2008"}, "/body/standard"),
        ({"object": "/"}, "/body/object"),
        ({"range": {"text": "约100V"}}, "/body/range"),
        ({"range": {"min": 5, "max": 100, "unit": "瓦拉"}}, "/body/range/unit"),
        ({"range": {"min": 5, "max": 1, "unit": "V"}}, "/body/range"),
        ({"effective_to": "2024-01-01"}, "/body"),
        ({"natural_key": "x"}, "/body/natural_key"),
    ],
)
async def test_a_line_that_a_file_could_not_bring_is_refused_with_its_place(
    world: World, accreditation: Accreditation, part: dict[str, Any], pointer: str
) -> None:
    added = await world.ask("editor", "POST", lines_of(accreditation), LINE)
    path = f"{lines_of(accreditation)}/{added.json()['id']}"
    for answer in (
        await world.ask("editor", "POST", lines_of(accreditation), {**LINE, **part}),
        await world.ask("editor", "PATCH", path, part, "*"),
    ):
        assert answer.status_code == 422, answer.text
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_editing_and_removing_published_lines_leaves_them_public(
    world: World, platform: Platform, accreditation: Accreditation
) -> None:
    edited = await make_line(world.session, accreditation, clause="1", restriction_zh="原限制")
    removed = await make_line(world.session, accreditation, clause="2")
    await make_line(world.session, accreditation, clause="3")
    await world.session.commit()
    path = lines_of(accreditation)
    answer = await world.ask("editor", "PATCH", f"{path}/{edited.id}", {"restriction": "新限制"}, "read")
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] != edited.id
    assert (await world.ask("editor", "DELETE", f"{path}/{removed.id}", None, "read")).status_code == 204
    new = await world.ask("editor", "POST", path, LINE)
    assert await public_lines(world, platform) == ["1", "2", "3"]
    assert (await world.client.get(f"/v1/scope-lines/{edited.id}")).json()["restriction"] == "原限制"
    for line_id in (edited.id, removed.id):
        assert (await world.ask("editor", "GET", f"{path}/{line_id}")).status_code == 404
    changes = await changes_of(world, platform)
    assert changes["scope_lines"] == {"added": 1, "removed": 1, "edited": 1}
    told = {line["id"]: line for line in changes["lines"]["items"]}
    assert {line_id: line["change"] for line_id, line in told.items()} == {
        answer.json()["id"]: "edited",
        removed.id: "removed",
        new.json()["id"]: "added",
    }
    pair = told[answer.json()["id"]]
    assert (pair["before"]["restriction"], pair["after"]["restriction"]) == ("原限制", "新限制")
    assert (told[removed.id]["before"]["clause"], told[removed.id]["after"]) == ("2", None)
    again = await world.ask(
        "editor", "PATCH", f"{path}/{answer.json()['id']}", {"restriction": "原限制"}, "*"
    )
    assert (again.status_code, again.json()["id"]) == (200, edited.id)
    back = {"object": "动力蓄电池单体", "parameter": "过充电", "standard": "GB 38031-2020", "clause": "2"}
    restored = await world.ask("editor", "POST", path, back)
    assert (restored.status_code, restored.json()["id"]) == (201, removed.id)
    assert (await changes_of(world, platform))["scope_lines"] == {"added": 1, "removed": 0, "edited": 0}


async def test_a_line_is_edited_by_version_and_not_into_another(
    world: World, accreditation: Accreditation
) -> None:
    first = await world.ask("editor", "POST", lines_of(accreditation), LINE)
    second = await world.ask("editor", "POST", lines_of(accreditation), {**LINE, "parameter": "过放电"})
    path = f"{lines_of(accreditation)}/{second.json()['id']}"
    assert (await world.ask("editor", "PATCH", path, {"clause": "9"})).status_code == 428
    same = await world.ask("editor", "PATCH", path, {"parameter": "过充电"}, second.headers["ETag"])
    assert (same.status_code, same.json()["code"]) == (409, "scope-line-exists")
    edited = await world.ask("editor", "PATCH", path, {"clause": "9"}, second.headers["ETag"])
    assert (edited.status_code, edited.json()["id"]) == (200, second.json()["id"])
    stale = await world.ask("owner", "PATCH", path, {"clause": "10"}, second.headers["ETag"])
    assert stale.status_code == 412
    gone = await world.ask("owner", "DELETE", path, None, edited.headers["ETag"])
    assert gone.status_code == 204
    left = (await world.session.scalars(select(ScopeLine.id))).all()
    assert left == [first.json()["id"]]


async def test_lines_of_a_draft_are_for_those_who_may_know_of_it(
    world: World, platform: Platform, accreditation: Accreditation
) -> None:
    added = await world.ask("editor", "POST", lines_of(accreditation), LINE)
    line = f"{lines_of(accreditation)}/{added.json()['id']}"
    for path in (
        line,
        f"/v1/platforms/{platform.slug}/draft/scope-lines",
        f"/v1/platforms/{platform.slug}/changes",
    ):
        for who in HIDDEN_FROM:
            assert (await world.ask(who, "GET", path)).status_code == 404, who
        assert (await world.client.get(path)).status_code == 401
        assert (await world.ask("reviewer", "GET", path)).status_code == 200
    assert (await world.ask("viewer", "DELETE", line, None, "*")).status_code == 403


async def test_changes_tell_every_item_field_by_field(world: World, platform: Platform) -> None:
    service = await make_service(world.session, platform, description_zh="原说明")
    gone = await make_service(world.session, platform, title_zh="不再提供")
    await world.session.commit()
    nothing = await changes_of(world, platform)
    assert (nothing["items"], nothing["lines"]["items"]) == ([], [])
    path = f"/v1/platforms/{platform.slug}/draft"
    await world.ask("editor", "PATCH", path, {"place_zh": "余杭区", "fields": ["robotics"]}, "*")
    body = {"description_zh": None, "exit_trl": 9, "capabilities": [{"term": "salt_spray"}]}
    edited = await world.ask("editor", "PATCH", f"{path}/services/{service.uid}", body, "*")
    assert edited.status_code == 200, edited.text
    assert (await world.ask("editor", "DELETE", f"{path}/services/{gone.uid}", None, "*")).status_code == 204
    added = await world.ask("editor", "POST", f"{path}/equipment", {"name_zh": "盐雾试验箱"})
    changes = await changes_of(world, platform)
    assert (changes["revision"], changes["published_revision"], changes["state"]) == (2, 1, "draft")
    told = {item["id"]: item for item in changes["items"]}
    assert {key: (item["kind"], item["change"], item["name"]) for key, item in told.items()} == {
        str(platform.uid): ("platform", "edited", platform.name_zh),
        str(service.uid): ("service", "edited", service.title_zh),
        str(gone.uid): ("service", "removed", "不再提供"),
        added.json()["id"]: ("equipment", "added", "盐雾试验箱"),
    }
    assert told[str(platform.uid)]["fields"] == [
        {"pointer": "/place_zh", "before": None, "after": "余杭区"},
        {"pointer": "/fields/0", "before": "new_energy", "after": "robotics"},
    ]
    fields = {
        field["pointer"]: (field["before"], field["after"]) for field in told[str(service.uid)]["fields"]
    }
    assert fields["/description_zh"] == ("原说明", None)
    assert fields["/exit_trl"] == (6, 9)
    assert fields["/capabilities"][0] is None
    assert len(fields) == 3
    assert {"pointer": "/title_zh", "before": "不再提供", "after": None} in told[str(gone.uid)]["fields"]
    undone = await world.ask("editor", "PATCH", path, {"place_zh": None, "fields": ["new_energy"]}, "*")
    assert undone.status_code == 200
    assert str(platform.uid) not in {item["id"] for item in (await changes_of(world, platform))["items"]}
