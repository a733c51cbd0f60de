"""Results over HTTP: drafts, submission, revision, withdrawal, and who reads what of them."""

import random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AssignmentState, AuditEntry, Call, ResultNeed, ResultState
from app.results.change import apply, standing_of
from app.results.rules import Action, after, is_possible
from tests.factories.people import with_key
from tests.factories.pool import make_access, make_assignment, make_call, make_result
from tests.results.result_world import DAY, DOCUMENT, World, make_world


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


async def test_a_result_goes_from_draft_to_the_call_and_back_and_again(world: World) -> None:
    path = await draft_and_edit(world)
    await submit(world, path)
    await revise_while_the_call_is_open(world, path)
    await return_and_revise_after_the_call_has_closed(world, path)
    await withdraw_and_reopen(world, path)
    assert await world.actions() == [
        "result.created",
        "result.changed",
        "result.changed",
        "result.changed",
        "result.submitted",
        "result.revised",
        "result.changed",
        "result.submitted",
        "result.revised",
        "result.submitted",
        "result.withdrawn",
        "result.reopened",
        "result.tiers_changed",
        "result.submitted",
    ]
    trail = [str(entry.after) for entry in await world.session.scalars(select(AuditEntry))]
    assert not any("磷腈" in entry or "阻燃" in entry or "动力电池" in entry for entry in trail)


async def draft_and_edit(world: World) -> str:
    ours = world.organisations["ours"].slug
    body = {"organisation_id": ours, "document": DOCUMENT, "tiers": {"keywords": "members"}}
    for who, status in (("nobody", 401), ("viewer", 403), ("stranger", 404), ("co-owner", 404)):
        assert (await world.ask(who, "POST", "/v1/results", body)).status_code == status, who
    for wrong, found in (
        ({"tiers": {"confidential": "members"}}, ("/body/tiers/confidential", "tier_not_allowed")),
        ({"tiers": {"title": "members"}}, ("/body/tiers/title", "tier_not_allowed")),
        ({"tiers": {"nothing": "members"}}, ("/body/tiers/nothing", "tier_not_allowed")),
        ({"co_owner_ids": [ours]}, ("/body/co_owner_ids/0", "unknown_organisation")),
        ({"document": DOCUMENT | {"fields": ["x"]}}, ("/body/document/fields", "unknown_code")),
        ({"document": DOCUMENT | {"abstract": "a\0b"}}, ("/body/document/abstract", "control_character")),
        (
            {"document": DOCUMENT | {"keywords": ["a", "a\0b"]}},
            ("/body/document/keywords", "control_character"),
        ),
        ({"document": DOCUMENT | {"trl": 10}}, ("/body/document/trl", "less_than_equal")),
    ):
        assert codes(await world.ask("editor", "POST", "/v1/results", body | wrong)) == [found]
    created = await world.ask("editor", "POST", "/v1/results", body | {"slug": "safe-battery"})
    assert created.status_code == 201, created.text
    path = f"/v1/results/{created.json()['id']}"
    assert created.json()["tiers"]["keywords"] == "members"
    assert (
        await world.ask("editor", "POST", "/v1/results", body | {"slug": "safe-battery"})
    ).status_code == 409
    assert (await world.ask("editor", "PATCH", path, {})).status_code == 428
    assert (await world.ask("viewer", "PATCH", path, {}, "*")).status_code == 403
    changed = {"document": DOCUMENT | {"trl": 6}, "co_owner_ids": [world.organisations["partner"].slug]}
    edited = await world.ask("editor", "PATCH", path, changed, "read")
    assert (edited.json()["document"]["trl"], len(edited.json()["co_owners"])) == (6, 1)
    assert (await world.ask("editor", "PATCH", path, {}, '"1"')).status_code == 412
    return path


async def submit(world: World, path: str) -> None:
    closed = await make_call(world.session, opens_at=world.now - 3 * DAY, closes_at=world.now - DAY)
    narrow = await make_call(
        world.session, fields=["robotics"], regions=["330200"], required=["people", "attachments"]
    )
    await world.session.commit()
    assert (await world.submit(path, closed)).json()["code"] == "call-not-open"
    refused = await world.submit(path, narrow)
    assert refused.json()["code"] == "not-ready-for-call"
    assert codes(refused) == [
        ("/document/attachments", "required_by_call"),
        ("/document/fields", "field_not_called"),
        ("/organisation/region", "region_not_called"),
    ]
    missing = await world.ask("editor", "POST", f"{path}/submission", {"call_id": "none"}, "read")
    assert codes(missing) == [("/body/call_id", "unknown_call")]
    vague = DOCUMENT | {"needs": [*DOCUMENT["needs"], {"capability": "魔法试验"}]}
    await world.ask("editor", "PATCH", path, {"document": vague}, "read")
    assert codes(await world.submit(path)) == [("/document/needs/2/capability", "unknown_capability")]
    await world.ask("editor", "PATCH", path, {"document": DOCUMENT}, "read")
    submitted = await world.submit(path)
    assert submitted.status_code == 200, submitted.text
    assert submitted.json()["possible_duplicates"] == []
    needs = (await world.session.scalars(select(ResultNeed))).all()
    assert [(one.need_key, one.capability, one.standard_base, one.must) for one in needs] == [
        ("n1", "overcharge", "GB 38031", True),
        ("salt", "salt_spray", None, False),
    ]
    assert ("centre", "result_submitted") in await world.told()
    event = (await world.events())[-1]
    assert event.type == "result.submitted"
    assert event.audience == {"organisations": [str(world.organisations["centre"].uid)], "people": []}
    again = await world.ask("editor", "PATCH", path, {"document": DOCUMENT}, "read")
    assert again.json()["code"] == "wrong-state"
    assert (await world.ask("editor", "DELETE", path, tag="read")).json()["code"] == "wrong-state"


async def revise_while_the_call_is_open(world: World, path: str) -> None:
    begun = await world.ask("editor", "POST", f"{path}/revisions", tag="read")
    assert (begun.json()["version"], begun.json()["submitted_version"]) == (2, 1)
    new = DOCUMENT | {"abstract": "第二版摘要", "fields": ["robotics", "new_energy"]}
    await world.ask("editor", "PATCH", path, {"document": new}, "read")
    # Until it is submitted, others have the version before.
    read = (await world.ask("department", "GET", path)).json()
    assert (read["version"], read["document"]["abstract"]) == (1, DOCUMENT["abstract"])
    assert (await world.ask("department", "GET", f"{path}/versions/2")).status_code == 404
    other = await make_call(world.session)
    await world.session.commit()
    assert (await world.submit(path, other)).json()["code"] == "call-not-open"
    assert (await world.submit(path)).status_code == 200
    read = (await world.ask("department", "GET", path)).json()
    assert (read["version"], read["document"]["abstract"]) == (2, "第二版摘要")
    versions = (await world.ask("department", "GET", f"{path}/versions")).json()["items"]
    assert [one["number"] for one in versions] == [2, 1]
    old = (await world.ask("department", "GET", f"{path}/versions/1")).json()
    assert old["document"]["abstract"] == DOCUMENT["abstract"]
    # Members see what stands, not what was taken back.
    assert [
        one["number"] for one in (await world.ask("member", "GET", f"{path}/versions")).json()["items"]
    ] == [2]
    assert (await world.ask("member", "GET", f"{path}/versions/1")).status_code == 404


async def return_and_revise_after_the_call_has_closed(world: World, path: str) -> None:
    result = await world.row(path)
    for action in (Action.BEGIN_ASSESSMENT, Action.RETURN):
        apply(result, action)
    await world.session.commit()
    await world.at(world.call.closes_at + DAY)
    assert (await world.ask("member", "GET", path)).status_code == 404
    assert (await world.ask("editor", "POST", f"{path}/revisions", tag="read")).status_code == 200
    assert (await world.ask("editor", "POST", f"{path}/revisions", tag="read")).json()[
        "code"
    ] == "wrong-state"
    assert (await world.submit(path)).status_code == 200


async def withdraw_and_reopen(world: World, path: str) -> None:
    result = await world.row(path)
    apply(result, Action.BEGIN_ASSESSMENT)
    assignment = await make_assignment(world.session, result, world.people["expert"])
    await world.session.commit()
    gone = await world.ask("editor", "POST", f"{path}/withdrawal", {"reason": "另有安排"}, "read")
    assert gone.json()["state"] == "withdrawn"
    await world.session.refresh(assignment)
    assert assignment.state is AssignmentState.RELEASED
    assert ("centre", "result_withdrawn") in await world.told()
    for who in ("centre", "department", "member", "expert"):
        assert (await world.ask(who, "GET", path)).status_code == 404, who
        assert (await world.ask(who, "POST", f"{path}/reopening", tag="*")).status_code == 404, who
    assert (await world.ask("co-owner", "GET", path)).status_code == 200
    back = await world.ask("editor", "POST", f"{path}/reopening", tag="read")
    assert (back.json()["state"], back.json()["version"], back.json()["call"]) == ("draft", 4, None)
    tiers = {"tiers": {"needs": "sealed", "keywords": "members"}}
    assert (await world.ask("editor", "PUT", f"{path}/tiers", tiers, "read")).json()["tiers"][
        "needs"
    ] == "sealed"
    late = await make_call(world.session, now=world.now)
    await world.session.commit()
    assert (await world.submit(path, late)).status_code == 200


async def test_everybody_reads_a_result_as_far_as_their_clearance_goes(world: World) -> None:
    tiers = {"tiers": {"keywords": "members", "intellectual_property": "sealed"}}
    path = await world.submitted(co_owner_ids=[world.organisations["partner"].slug], **tiers)
    result = await world.row(path)
    investor = world.organisations["investor"]
    today = world.now.date()
    await make_access(world.session, result, world.people["owner"], until=today, organisation_id=investor.id)
    await make_assignment(world.session, result, world.people["expert"])
    await world.session.commit()
    members = {"keywords", "abstract", "trl_evidence", "needs", "constraints"}
    granted = members | {"people", "confidential"}
    everything = granted | {"intellectual_property"}
    expected: dict[str, set[str] | None] = {
        **dict.fromkeys(("owner", "editor", "viewer", "co-owner"), everything),
        **dict.fromkeys(("department", "province", "expert"), everything),
        **dict.fromkeys(("centre", "grantee"), granted),
        **dict.fromkeys(("viewer of the centre", "member"), members),
        **dict.fromkeys(("nobody", "stranger", "admin", "department elsewhere", "other department")),
    }
    for who, fields in expected.items():
        await reads(world, who, path, fields)
    own = {"owner", "editor", "viewer", "co-owner"}
    log = await world.log()
    assert {who for who, _ in log} == {who for who, fields in expected.items() if fields} - own
    for who in ("department", "grantee", "member"):
        assert {field for reader, field in log if reader == who} == expected[who], who
    # A key without the scope reads what the public reads: nothing, until it is pooled.
    key = await with_key(world.session, world.app, world.people["owner"])
    await world.session.commit()
    assert (await world.client.get(path, headers=key)).status_code == 404
    await world.at(world.now + DAY)
    assert (await world.ask("grantee", "GET", path)).status_code == 404
    for action in (Action.BEGIN_ASSESSMENT, Action.POOL):
        apply(await world.row(path), action)
    await world.session.commit()
    key = await with_key(world.session, world.app, world.people["owner"])
    await world.session.commit()
    for who in ("nobody", "stranger", "grantee"):
        await reads(world, who, path, set())
    assert (await world.client.get(path, headers=key)).json()["document"]["abstract"] is None
    await reads(world, "member", path, members)
    public = {"tiers": {"keywords": "public", "trl": "members"}}
    refused = await world.ask("editor", "PUT", f"{path}/tiers", public, "read")
    assert codes(refused) == [
        ("/body/tiers/keywords", "public_is_fixed"),
        ("/body/tiers/trl", "public_is_fixed"),
    ]


async def reads(world: World, who: str, path: str, fields: set[str] | None) -> None:
    """Hold what somebody reads, in the list and alone, to the fields above `public` that they may read."""
    listed = (await world.ask(who, "GET", "/v1/results")).json()["items"]
    answer = await world.ask(who, "GET", path)
    if fields is None:
        assert answer.status_code == 404, who
        assert listed == [], who
        return
    assert answer.status_code == 200, (who, answer.text)
    assert [f"/v1/results/{one['id']}" for one in listed] == [path], who
    read = answer.json()
    said = {name for name, value in read["document"].items() if value not in (None, [])}
    assert said == fields | {"title", "public_abstract", "fields", "trl"}, who
    assert said.isdisjoint(read["withheld"]), who
    assert said | set(read["withheld"]) == set(DOCUMENT), who


async def test_duplicates_are_told_to_whom_they_may_be_told(world: World) -> None:
    text = {name: DOCUMENT[name] for name in ("title", "abstract", "confidential", "fields")}
    others = world.organisations["members"]
    hidden = await world.submitted()
    # The same, of somebody else.
    row = await world.row(hidden)
    secret = await make_result(
        world.session, others, call=world.call, state=ResultState.SUBMITTED, document=text
    )
    public = await make_result(
        world.session, others, call=world.call, state=ResultState.POOLED, document=text
    )
    for one in (secret, public):
        one.fingerprint, one.public_fingerprint = row.fingerprint, row.public_fingerprint
    await world.session.commit()
    path = await world.draft()
    told = (await world.submit(path)).json()["possible_duplicates"]
    assert {(one["id"], one["likeness"]) for one in told} == {(str(row.uid), 1.0), (str(public.uid), 1.0)}
    for who, status in (("nobody", 401), ("stranger", 404), ("viewer", 403), ("owner", 403)):
        assert (await world.ask(who, "GET", f"{path}/duplicates")).status_code == status, who
    for who in ("centre", "department"):
        items = (await world.ask(who, "GET", f"{path}/duplicates")).json()["items"]
        assert {one["id"] for one in items} == {str(row.uid), str(public.uid), str(secret.uid)}, who
    # Another text with the same teaser is like the public one only.
    other = DOCUMENT | {"abstract": "面向柔性产线的协作机器人末端力控方法，" * 3, "confidential": None}
    path = await world.draft(document=other)
    told = (await world.submit(path)).json()["possible_duplicates"]
    assert [one["id"] for one in told] == [str(public.uid)]


async def test_lists_are_filtered_and_drafts_are_deleted(world: World) -> None:
    mine = await world.submitted(slug="one-of-mine")
    draft = await world.draft(slug="a-draft", document=DOCUMENT | {"fields": ["robotics"]})
    elsewhere = await make_result(
        world.session, world.organisations["members"], state=ResultState.POOLED, submitted=1
    )
    await world.session.commit()

    async def slugs(who: str, query: str = "") -> set[str]:
        return {one["slug"] for one in (await world.ask(who, "GET", f"/v1/results?{query}")).json()["items"]}

    assert await slugs("owner") == {"one-of-mine", "a-draft", elsewhere.slug}
    assert await slugs("owner", "own=true") == {"one-of-mine", "a-draft"}
    assert await slugs("owner", "own=false") == {elsewhere.slug}
    assert await slugs("owner", "state=draft&state=pooled") == {"a-draft", elsewhere.slug}
    assert await slugs("owner", f"call={world.call.slug}") == {"one-of-mine"}
    assert await slugs("owner", "field=robotics") == {"a-draft"}
    assert await slugs("nobody") == {elsewhere.slug}
    assert await slugs("member", "own=true") == {elsewhere.slug}
    assert (await world.ask("centre", "DELETE", draft, tag="*")).status_code == 404
    assert (await world.ask("viewer", "DELETE", draft, tag="*")).status_code == 403
    assert (await world.ask("editor", "DELETE", draft, tag="read")).status_code == 204
    assert (await world.ask("owner", "GET", draft)).status_code == 404
    assert (await world.ask("editor", "DELETE", mine, tag="read")).json()["code"] == "wrong-state"


OWNERS = {
    Action.EDIT: ("PATCH", "", {"document": DOCUMENT}),
    Action.REVISE: ("POST", "/revisions", None),
    Action.SUBMIT: ("POST", "/submission", None),
    Action.REOPEN: ("POST", "/reopening", None),
    Action.WITHDRAW: ("POST", "/withdrawal", {}),
}
DECIDED = (
    Action.BEGIN_ASSESSMENT,
    Action.POOL,
    Action.RETURN,
    Action.DECLINE,
    Action.RECALL,
    Action.LEAVE_POOL,
)


async def test_what_http_allows_is_what_the_machine_allows(world: World) -> None:
    """A walk by chance: mostly what is possible, so that it leads through the states, at times what is not."""
    choose = random.Random(3)
    path = await world.draft()
    seen = set()
    for _ in range(30):
        result = await world.row(path)
        seen.add(result.state)
        possible = [one for one in (*OWNERS, *DECIDED) if is_possible(standing_of(result), one)]
        refused = [one for one in OWNERS if one not in possible]
        action = choose.choice(possible if choose.random() < 0.7 else refused)
        if action in OWNERS:
            await try_one(world, path, action, OWNERS[action])
        else:
            apply(result, action)
            await world.session.commit()
    assert len(seen) >= 5


async def try_one(world: World, path: str, action: Action, request: tuple[str, str, Any]) -> None:
    method, rest, body = request
    result = await world.row(path)
    before = standing_of(result)
    call = result.call_id
    if action is Action.SUBMIT:
        # A call that takes it: its own while it is submitted, another one otherwise.
        own = before.state is ResultState.SUBMITTED
        chosen = await world.session.get_one(Call, call) if own else await make_call(world.session)
        await world.session.commit()
        body = {"call_id": chosen.slug}
    answer = await world.ask("editor", method, f"{path}{rest}", body, "read")
    assert answer.status_code == (200 if is_possible(before, action) else 409), (before, action, answer.text)
    then = standing_of(await world.row(path))
    assert then == (after(before, action) if answer.status_code == 200 else before)
