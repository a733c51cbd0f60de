"""Submission, decisions and comments, over HTTP on both databases."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Listing, ListingState
from tests.factories.people import make_duty
from tests.listing.review_world import (
    ECONOMY,
    HIDDEN_FROM,
    PUBLISHER,
    REVIEWER,
    World,
    make_draft,
    make_world,
)


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


async def test_a_draft_is_submitted_sent_back_submitted_again_and_approved(world: World) -> None:
    answer = await world.submit()
    assert answer.status_code == 200
    assert answer.json()["state"] == "submitted"
    assert answer.json()["submitted_at"] is not None
    sent_back = (await world.decide("request_changes", note="缺少标准年号")).json()
    assert (sent_back["state"], sent_back["decision_note"]) == ("changes_requested", "缺少标准年号")
    again = (await world.submit()).json()
    assert (again["state"], again["decision_note"], again["decided_at"]) == ("submitted", None, None)
    assert (await world.decide("approve", note=None)).json()["state"] == "approved"
    assert await world.actions() == [
        "revision.submitted",
        "revision.changes_requested",
        "revision.submitted",
        "revision.approved",
    ]


async def test_every_step_leaves_who_before_and_after_in_the_trail(world: World) -> None:
    await world.submit()
    await world.decide("request_changes", note="缺少标准年号")
    first, second = await world.trail()
    assert first.actor == f"person:{world.people['owner'].uid}"
    assert second.actor == f"person:{world.people['reviewer'].uid}"
    assert (first.before or {})["state"] == "draft"
    assert (second.before or {})["state"] == (first.after or {})["state"] == "submitted"
    assert (second.after or {})["note"] == "缺少标准年号"
    for entry in (first, second):
        assert entry.platform_uid == entry.entity_uid == world.platform.uid
        assert entry.organisation_uid == world.operator.uid
        assert entry.request_id is not None


async def test_no_step_of_a_review_is_told_to_the_public(world: World) -> None:
    await world.submit()
    await world.decide("request_changes")
    assert await world.events() == []
    assert (await world.client.get(world.path())).status_code == 404


@pytest.mark.parametrize("state", [ListingState.SUBMITTED, ListingState.APPROVED])
async def test_a_submission_can_be_withdrawn_until_it_is_published(world: World, state: ListingState) -> None:
    await world.submit()
    if state is ListingState.APPROVED:
        await world.decide("approve")
    answer = await world.ask("editor", "DELETE", world.path("/submission"), if_match=await world.version())
    assert answer.status_code == 204
    assert await world.state() is ListingState.DRAFT
    assert (await world.actions())[-1] == "revision.withdrawn"


async def test_what_was_approved_can_be_sent_back_until_it_is_published(world: World) -> None:
    await world.submit()
    await world.decide("approve")
    assert (await world.decide("request_changes")).json()["state"] == "changes_requested"


async def test_what_is_not_possible_in_the_state_is_refused_and_leaves_nothing(world: World) -> None:
    version = await world.version()
    answers = [
        await world.ask("editor", "DELETE", world.path("/submission"), if_match=version),
        await world.decide("approve"),
        await world.decide("request_changes"),
    ]
    assert {answer.status_code for answer in answers} == {409}
    assert {answer.json()["code"] for answer in answers} == {"wrong-state"}
    assert await world.state() is ListingState.DRAFT
    assert await world.actions() == []


async def test_a_second_submission_is_refused(world: World) -> None:
    version = await world.version()
    first = await world.ask("owner", "POST", world.path("/submission"), if_match=version)
    second = await world.ask("editor", "POST", world.path("/submission"), if_match=version)
    assert (first.status_code, second.status_code) == (200, 409)
    assert await world.actions() == ["revision.submitted"]


async def test_a_reviewer_cannot_approve_a_version_they_have_not_read(
    world: World, session: AsyncSession
) -> None:
    """The platform takes its submission back, edits, and submits again while the reviewer reads."""
    await world.submit()
    read = await world.version("reviewer")
    await world.ask("owner", "DELETE", world.path("/submission"), if_match=read)
    listing = await session.get_one(Listing, world.platform.id, populate_existing=True)
    listing.version += 1
    await session.commit()
    await world.submit()
    stale = await world.ask("reviewer", "POST", world.path("/decisions"), {"decision": "approve"}, read)
    assert stale.status_code == 412
    assert await world.state() is ListingState.SUBMITTED
    missing = await world.ask("reviewer", "POST", world.path("/decisions"), {"decision": "approve"})
    assert missing.status_code == 428
    assert (await world.decide("approve")).status_code == 200


async def test_changes_cannot_be_requested_without_saying_which(world: World) -> None:
    await world.submit()
    for body in ({"decision": "request_changes"}, {"decision": "request_changes", "note": "  "}):
        answer = await world.ask("reviewer", "POST", world.path("/decisions"), body, await world.version())
        assert answer.status_code == 422, answer.text
    assert await world.state() is ListingState.SUBMITTED


@pytest.mark.parametrize("who", HIDDEN_FROM)
async def test_wrong_region_wrong_kind_and_strangers_learn_nothing_of_the_draft(
    world: World, who: str
) -> None:
    await world.submit()
    decision = {"decision": "approve"}
    answers = [
        await world.ask(who, "GET", world.path("/submission")),
        await world.ask(who, "POST", world.path("/submission"), if_match="*"),
        await world.ask(who, "DELETE", world.path("/submission"), if_match="*"),
        await world.ask(who, "POST", world.path("/decisions"), decision, "*"),
        await world.ask(who, "GET", world.path("/comments")),
        await world.ask(who, "POST", world.path("/comments"), {"body": "?"}),
        await world.ask(who, "GET", world.path("/recognition")),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    listed = await world.ask(who, "GET", "/v1/reviews")
    assert listed.json()["items"] == []
    assert await world.state() is ListingState.SUBMITTED


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("publisher", "forbidden"),
        ("owner", "forbidden"),
        ("viewer", "forbidden"),
        ("admin", "forbidden"),
        ("own reviewer", "conflict-of-interest"),
    ],
)
async def test_only_a_reviewer_without_an_interest_decides(world: World, who: str, code: str) -> None:
    await world.submit()
    answer = await world.decide("approve", who)
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert await world.state() is ListingState.SUBMITTED


async def test_a_reviewer_who_joins_the_operator_must_recuse_and_no_longer_sees_it_on_the_list(
    world: World, session: AsyncSession
) -> None:
    """The same person decides about every platform but that of their own organisation."""
    other = await make_draft(session, world.elsewhere)
    listing = await session.get_one(Listing, other.id)
    listing.state, listing.submitted_at = ListingState.SUBMITTED, world.app.state.clock()
    await session.commit()
    await world.submit()

    async def listed(who: str) -> set[str]:
        answer = await world.ask(who, "GET", "/v1/reviews")
        return {item["platform"]["slug"] for item in answer.json()["items"]}

    assert await listed("reviewer") == {world.platform.slug, other.slug}
    assert await listed("own reviewer") == {other.slug}
    path = world.path("/decisions", other)
    version = await world.version("own reviewer", other)
    answer = await world.ask("own reviewer", "POST", path, {"decision": "approve"}, version)
    assert answer.status_code == 200


@pytest.mark.parametrize("who", ["viewer", "reviewer", "publisher", "admin"])
async def test_only_the_platforms_own_people_submit_and_withdraw(world: World, who: str) -> None:
    assert (await world.ask(who, "POST", world.path("/submission"), if_match="*")).status_code == 403
    await world.submit()
    assert (await world.ask(who, "DELETE", world.path("/submission"), if_match="*")).status_code == 403
    assert await world.state() is ListingState.SUBMITTED


async def test_the_work_list_has_what_waits_the_longest_first_page_by_page(
    world: World, session: AsyncSession
) -> None:
    drafts = [
        await make_draft(session, world.elsewhere, region_code=code)
        for code in ("330100", "330110", "330200")
    ]
    for hours, draft in enumerate(drafts):
        listing = await session.get_one(Listing, draft.id)
        listing.state = ListingState.SUBMITTED
        listing.submitted_at = world.app.state.clock().replace(year=2025, hour=20 - hours)
    await session.commit()
    await world.submit()
    await world.decide("approve")
    expected = [drafts[1].slug, drafts[0].slug, world.platform.slug]
    found, cursor = [], ""
    while cursor is not None:
        answer = await world.ask(
            "reviewer", "GET", f"/v1/reviews?limit=1&total=true{cursor and '&cursor='}{cursor}"
        )
        assert answer.json()["total"] == 3
        found += [item["platform"]["slug"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
    assert found == expected
    province = await world.ask("reviewer of the province", "GET", "/v1/reviews")
    assert [item["platform"]["slug"] for item in province.json()["items"]] == [drafts[2].slug, *expected]


async def test_the_work_list_is_narrowed_by_state_kind_and_place(world: World, session: AsyncSession) -> None:
    await world.submit()
    waiting = await make_draft(session, world.elsewhere, region_code="330100")
    listing = await session.get_one(Listing, waiting.id)
    listing.state, listing.submitted_at = ListingState.CHANGES_REQUESTED, world.app.state.clock()
    await session.commit()

    async def listed(query: str) -> list[str]:
        answer = await world.ask("reviewer", "GET", f"/v1/reviews?{query}")
        assert answer.status_code == 200, answer.text
        return [item["platform"]["slug"] for item in answer.json()["items"]]

    assert await listed("") == [world.platform.slug]
    assert await listed("state=submitted") == [world.platform.slug]
    assert await listed("state=changes_requested") == [waiting.slug]
    assert await listed("kind=verification_centre") == []
    assert await listed("city=330110") == [world.platform.slug]
    assert await listed("city=330100") == [world.platform.slug]
    assert await listed("city=330200") == []
    assert (await world.ask("reviewer", "GET", "/v1/reviews?city=999999")).status_code == 422


async def test_who_has_a_duty_in_two_departments_sees_both_kinds(world: World, session: AsyncSession) -> None:
    await make_duty(session, world.people["reviewer of the other kind"], ECONOMY, "330000", REVIEWER)
    await session.commit()
    await world.submit()
    answer = await world.ask("reviewer of the other kind", "GET", "/v1/reviews")
    assert [item["platform"]["slug"] for item in answer.json()["items"]] == [world.platform.slug]


async def test_a_comment_is_answered_and_marked_as_resolved(world: World) -> None:
    await world.submit()
    body = {"pointer": "/services/0/price_options", "body": "请说明计价单位"}
    created = await world.ask("reviewer", "POST", world.path("/comments"), body)
    assert created.status_code == 201
    comment = created.json()
    assert (comment["by_department"], comment["resolved_at"]) == (True, None)
    reply = await world.ask(
        "editor", "POST", world.path("/comments"), {"body": "已改为按项", "reply_to": comment["id"]}
    )
    assert reply.json()["pointer"] == "/services/0/price_options"
    assert reply.json()["reply_to"] == comment["id"]
    assert reply.json()["by_department"] is False
    review = await world.ask("owner", "GET", world.path("/submission"))
    assert review.json()["open_comments"] == 1
    path = created.headers["Location"]
    resolved = await world.ask("reviewer", "PATCH", path, {"resolved": True}, "read")
    assert resolved.json()["resolved_by"] == world.people["reviewer"].name
    assert (await world.ask("owner", "GET", world.path("/submission"))).json()["open_comments"] == 0
    listed = await world.ask("viewer", "GET", world.path("/comments"))
    assert [item["id"] for item in listed.json()["items"]] == [comment["id"], reply.json()["id"]]
    still_open = await world.ask("viewer", "GET", world.path("/comments?resolved=false"))
    assert [item["id"] for item in still_open.json()["items"]] == [reply.json()["id"]]
    stale = await world.ask("editor", "PATCH", path, {"resolved": False}, created.headers["ETag"])
    assert stale.status_code == 412
    reopened = await world.ask("editor", "PATCH", path, {"resolved": False}, "read")
    assert (reopened.json()["resolved_at"], reopened.json()["resolved_by"]) == (None, None)
    assert (await world.actions())[1:] == [
        "comment.created",
        "comment.created",
        "comment.resolved",
        "comment.reopened",
    ]


async def test_a_member_of_the_operator_speaks_for_it_even_with_a_duty(
    world: World, session: AsyncSession
) -> None:
    await make_duty(session, world.people["editor"], ECONOMY, "330100", PUBLISHER)
    await session.commit()
    answer = await world.ask("editor", "POST", world.path("/comments"), {"body": "说明"})
    assert answer.json()["by_department"] is False


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"body": ""}, "/body/body"),
        ({"body": "x", "pointer": "services/0"}, "/body/pointer"),
        ({"body": "x", "pointer": "/a~2b"}, "/body/pointer"),
        ({"body": "x", "pointer": "/a~"}, "/body/pointer"),
        ({"body": "x", "pointer": "/" + "a" * 300}, "/body/pointer"),
        ({"body": "x", "reply_to": "01935f6f-2a3c-7d4e-8f90-a1b2c3d4e5f6"}, "/body/reply_to"),
        ({"body": "x", "author": "y"}, "/body/author"),
    ],
)
async def test_a_comment_that_cannot_be_placed_is_refused(
    world: World, body: dict[str, str], pointer: str
) -> None:
    answer = await world.ask("reviewer", "POST", world.path("/comments"), body)
    assert answer.status_code == 422
    assert [item["pointer"] for item in answer.json()["errors"]] == [pointer]


async def test_replies_are_one_deep_and_keep_the_place_of_the_comment(world: World) -> None:
    comment = (await world.ask("reviewer", "POST", world.path("/comments"), {"body": "一"})).json()
    assert comment["pointer"] == ""
    reply = {"body": "二", "reply_to": comment["id"]}
    second = (await world.ask("owner", "POST", world.path("/comments"), reply)).json()
    deeper = {"body": "三", "reply_to": second["id"]}
    assert (await world.ask("reviewer", "POST", world.path("/comments"), deeper)).status_code == 422
    elsewhere = {**reply, "pointer": "/name_zh"}
    assert (await world.ask("owner", "POST", world.path("/comments"), elsewhere)).status_code == 422


async def test_a_comment_of_another_platform_is_not_there(world: World, session: AsyncSession) -> None:
    other = await make_draft(session, world.operator)
    await session.commit()
    comment = (await world.ask("reviewer", "POST", world.path("/comments"), {"body": "一"})).json()
    path = world.path(f"/comments/{comment['id']}", other)
    assert (await world.ask("reviewer", "GET", path)).status_code == 404
    assert (await world.ask("reviewer", "PATCH", path, {"resolved": True}, "*")).status_code == 404
    reply = {"body": "二", "reply_to": comment["id"]}
    assert (await world.ask("owner", "POST", world.path("/comments", other), reply)).status_code == 422


async def test_viewers_and_admins_read_but_do_not_comment(world: World) -> None:
    for who in ("viewer", "admin"):
        assert (await world.ask(who, "GET", world.path("/comments"))).status_code == 200
        assert (await world.ask(who, "POST", world.path("/comments"), {"body": "x"})).status_code == 403
