"""Attachments and access of others: what may be sent, who may read, until when, and the record of it."""

import hashlib
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.results.change import apply
from app.results.files import folder_of, path_of, tidy_once
from app.results.rules import Action
from app.settings import Settings
from tests.results.result_world import DAY, World, make_world
from tests.results.test_rules import DOCX, PDF, PNG

TABLE = "access_log_entry"


@pytest.fixture
async def world(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, settings: Settings, tmp_path: Any
) -> World:
    app.state.settings = settings.model_copy(update={"data_dir": tmp_path, "attachment_limit_mb": 1})
    return await make_world(app, client, session)


async def send(
    world: World, path: str, name: str, content: bytes, who: str = "editor", declared: str = "", **query: str
) -> httpx.Response:
    file = (name, content, declared or "application/octet-stream")
    return await world.client.post(
        f"{path}/attachments", files={"file": file}, params=query, headers=world.headers.get(who, {})
    )


def files_of(world: World) -> set[str]:
    return {one.name for one in folder_of(world.app.state.settings).glob("*/*") if one.is_file()}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def test_attachments_are_kept_once_and_given_only_to_who_may_read_them(world: World) -> None:
    path, other = await world.draft(), await world.draft()
    sent = await send(world, path, "../../测试 报告.pdf", PDF)
    assert sent.status_code == 201, sent.text
    report = sent.json()
    assert (report["name"], report["media_type"], report["tier"]) == (
        "测试 报告.pdf",
        "application/pdf",
        "granted",
    )
    open_one = (await send(world, path, "a.png", PNG, tier="public")).json()
    sealed = (await send(world, path, "b.docx", DOCX, tier="sealed")).json()
    twin = (await send(world, other, "twin.pdf", PDF)).json()
    assert files_of(world) == {sha(PDF), sha(PNG), sha(DOCX)}
    await refuse(world, path)
    await world.submit(path)
    late = await send(world, path, "late.txt", b"too late")
    assert late.json()["code"] == "wrong-state"
    where = f"{path}/attachments"
    expected = {
        "owner": {report["id"], open_one["id"], sealed["id"]},
        "department": {report["id"], open_one["id"], sealed["id"]},
        "centre": {report["id"], open_one["id"]},
        "member": {open_one["id"]},
    }
    for who, readable in expected.items():
        read = (await world.ask(who, "GET", path)).json()
        assert {one["id"] for one in read["attachments"]} == readable, who
        assert read["withheld"].get("attachments") == {2: "sealed", 1: "granted"}.get(len(readable)), who
        for one in (report, open_one, sealed):
            answer = await world.ask(who, "GET", f"{where}/{one['id']}")
            assert answer.status_code == (200 if one["id"] in readable else 404), (who, one)
    assert (await world.ask("stranger", "GET", f"{where}/{open_one['id']}")).status_code == 404
    assert (await world.ask("owner", "GET", f"{where}/{twin['id']}")).status_code == 404
    got = await world.ask("centre", "GET", f"{where}/{report['id']}")
    assert got.content == PDF
    assert got.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E6%B5%8B%E8%AF%95%20%E6%8A%A5%E5%91%8A.pdf"
    )
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["etag"] == f'"{sha(PDF)}"'
    same = {**world.headers["centre"], "If-None-Match": got.headers["etag"]}
    assert (await world.client.get(f"{where}/{report['id']}", headers=same)).status_code == 304
    log = await world.log()
    assert log.count(("centre", f"attachment:{report['id']}")) == 3
    assert {who for who, field in log if sealed["id"] in field} == {"department"}
    await retier_and_remove(world, path, report, other, twin)


async def refuse(world: World, path: str) -> None:
    for name, content, declared, status, code in (
        ("a.pdf", PNG, "", 422, "attachment-mismatch"),
        ("a.pdf", PDF, "text/html", 422, "attachment-mismatch"),
        ("a.exe", b"MZ\x00\x01", "", 415, "unsupported-attachment"),
        ("a.txt", b"", "", 422, "invalid-request"),
        ("..", b"x", "", 422, "invalid-request"),
        ("big.txt", b"x" * (1024 * 1024 + 1), "", 413, "attachment-too-large"),
        # More than other bodies may have.
        ("huge.txt", b"x" * (3 * 1024 * 1024), "", 413, "attachment-too-large"),
    ):
        answer = await send(world, path, name, content, declared=declared)
        assert (answer.status_code, answer.json()["code"]) == (status, code), name
    for who, status in (("nobody", 401), ("viewer", 403), ("stranger", 404), ("centre", 404)):
        assert (await send(world, path, "a.txt", b"x", who=who)).status_code == status, who
    plain = await world.client.post(f"{path}/attachments", content=b"x", headers=world.headers["editor"])
    assert plain.json()["code"] == "undecodable-body"
    assert files_of(world) == {sha(PDF), sha(PNG), sha(DOCX)}, "nothing of what was refused stays"


async def retier_and_remove(world: World, path: str, report: Any, other: str, twin: Any) -> None:
    where = f"{path}/attachments/{report['id']}"
    body = {"tier": "members"}
    assert (await world.ask("viewer", "PATCH", where, body, "*")).status_code == 403
    assert (await world.ask("editor", "PATCH", where, body, "read")).json()["tier"] == "members"
    assert (await world.ask("member", "GET", where)).status_code == 200
    # Taken out of the next version, it stays with the one that was submitted.
    await world.ask("editor", "POST", f"{path}/revisions", tag="read")
    assert (await world.ask("editor", "DELETE", where, tag="read")).status_code == 204
    assert (await world.ask("editor", "DELETE", where, tag="read")).json()["code"] == "wrong-state"
    assert (await world.ask("member", "GET", where)).status_code == 200
    new = (await send(world, path, "new.txt", "第二版才有".encode(), tier="public")).json()
    assert (await world.ask("member", "GET", f"{path}/attachments/{new['id']}")).status_code == 404
    assert (await world.submit(path)).status_code == 200
    assert (await world.ask("member", "GET", where)).status_code == 404
    assert (await world.ask("member", "GET", f"{path}/attachments/{new['id']}")).status_code == 200
    assert (await world.ask("department", "GET", where)).status_code == 200, "who judged the first version"
    # The last row that uses a file takes it along.
    assert (
        await world.ask("editor", "DELETE", f"{other}/attachments/{twin['id']}", tag="read")
    ).status_code == 204
    assert sha(PDF) in files_of(world)
    draft = await world.draft()
    await send(world, draft, "only.txt", b"only here")
    assert sha(b"only here") in files_of(world)
    assert (await world.ask("editor", "DELETE", draft, tag="read")).status_code == 204
    assert sha(b"only here") not in files_of(world)
    await leave_nothing_behind(world, draft)


async def leave_nothing_behind(world: World, path: str) -> None:
    """What a process left that was killed between the file and the row goes in time; what is used stays."""
    settings = world.app.state.settings
    lost = path_of(settings, sha(b"lost"))
    lost.parent.mkdir(parents=True, exist_ok=True)
    lost.write_bytes(b"lost")
    half = folder_of(settings) / "incoming" / "half"
    half.write_bytes(b"ha")
    kept = files_of(world) - {lost.name, half.name}
    await tidy_once(world.app.state.new_session, settings, older_than_seconds=60)
    assert {lost.name, half.name} <= files_of(world), "somebody may be receiving it"
    await tidy_once(world.app.state.new_session, settings, older_than_seconds=-60)
    assert files_of(world) == kept


async def test_access_is_asked_granted_until_a_day_and_ended(world: World) -> None:
    path = await world.submitted()
    investor = world.organisations["investor"].slug
    asked = {"reason": "评估投资可能", "organisation_id": investor}
    for who, status in (("nobody", 401), ("stranger", 404), ("grantee", 404)):
        assert (await world.ask(who, "POST", f"{path}/access-requests", asked)).status_code == status, who
    for action in (Action.BEGIN_ASSESSMENT, Action.POOL):
        apply(await world.row(path), action)
    await world.session.commit()
    assert (await world.ask("stranger", "POST", f"{path}/access-requests", asked)).status_code == 422
    assert (await world.ask("owner", "POST", f"{path}/access-requests", {"reason": "x"})).status_code == 409
    first = await world.ask("grantee", "POST", f"{path}/access-requests", asked)
    assert first.status_code == 201, first.text
    again = await world.ask("grantee", "POST", f"{path}/access-requests", asked)
    assert again.json()["code"] == "access-open"
    request, tag = f"/v1/access-requests/{first.json()['id']}", first.headers["ETag"]
    for who, status in (
        ("nobody", 401),
        ("stranger", 404),
        ("centre", 404),
        ("grantee", 403),
        ("viewer", 403),
    ):
        body = {"decision": "grant", "until": str((world.now + DAY).date())}
        assert (await world.ask(who, "POST", f"{request}/decision", body, tag)).status_code == status, who
    for wrong in (
        {"decision": "grant"},
        {"decision": "refuse"},
        {"decision": "grant", "until": "2020-01-01"},
    ):
        assert (await world.ask("editor", "POST", f"{request}/decision", wrong, tag)).status_code == 422
    until = (world.now + DAY).date()
    body = {"decision": "grant", "until": str(until)}
    granted = await world.ask("editor", "POST", f"{request}/decision", body, tag)
    assert (granted.json()["state"], granted.json()["active"]) == ("granted", True)
    assert (await world.ask("grantee", "GET", path)).json()["my_clearance"] == "granted"
    mine = (await world.ask("grantee", "GET", "/v1/access-requests?state=granted")).json()["items"]
    assert [one["id"] for one in mine] == [first.json()["id"]]
    assert (await world.ask("stranger", "GET", "/v1/access-requests")).json()["items"] == []
    theirs = (await world.ask("viewer", "GET", f"{path}/access-requests")).json()["items"]
    assert [one["organisation"]["slug"] for one in theirs] == [investor]
    await world.at(world.now + 2 * DAY)
    assert (await world.ask("grantee", "GET", path)).json()["my_clearance"] == "public"
    assert (await world.ask("grantee", "GET", request)).json()["active"] is False
    await grant_directly_and_revoke(world, path)
    await refuse_and_withdraw(world, path)
    told = await world.told()
    assert told.count(("grantee", "access_decided")) == 1
    assert {("owner", "access_requested"), ("editor", "access_requested")} <= set(told)
    assert ("viewer", "access_requested") not in told
    assert ("stranger", "access_revoked") in told
    addressed = [one for one in await world.events() if one.type.startswith("access.")]
    assert all(one.audience for one in addressed)
    assert {one.type for one in addressed} == {"access.requested", "access.decided"}


async def grant_directly_and_revoke(world: World, path: str) -> None:
    stranger = str(world.people["stranger"].uid)
    body = {"person_id": stranger, "until": str((world.now + DAY).date()), "reason": "顾问"}
    assert (await world.ask("viewer", "POST", f"{path}/grants", body)).status_code == 403
    assert (
        await world.ask("editor", "POST", f"{path}/grants", body | {"organisation_id": "x"})
    ).status_code == 422
    unknown = {"organisation_id": "nobody-knows", "until": body["until"], "reason": "x"}
    assert (await world.ask("editor", "POST", f"{path}/grants", unknown)).status_code == 422
    given = await world.ask("editor", "POST", f"{path}/grants", body)
    assert given.status_code == 201, given.text
    assert given.json()["direct"] is True
    assert (await world.ask("stranger", "GET", path)).json()["my_clearance"] == "granted"
    revocation = f"/v1/access-requests/{given.json()['id']}/revocation"
    assert (await world.ask("stranger", "POST", revocation, {}, "*")).status_code == 403
    ended = await world.ask("editor", "POST", revocation, {"answer": "合作结束"}, given.headers["ETag"])
    assert ended.json()["state"] == "revoked"
    assert (await world.ask("editor", "POST", revocation, {}, "*")).json()["code"] == "wrong-state"
    assert (await world.ask("stranger", "GET", path)).json()["my_clearance"] == "public"
    draft = await world.draft()
    assert (await world.ask("editor", "POST", f"{draft}/grants", body)).json()["code"] == "wrong-state"


async def refuse_and_withdraw(world: World, path: str) -> None:
    for end, who, body, state in (
        ("decision", "editor", {"decision": "refuse", "answer": "暂不开放"}, "refused"),
        ("withdrawal", "stranger", None, "withdrawn"),
    ):
        asked = await world.ask("stranger", "POST", f"{path}/access-requests", {"reason": "学习"})
        where = f"/v1/access-requests/{asked.json()['id']}/{end}"
        if end == "withdrawal":
            assert (await world.ask("editor", "POST", where, tag="*")).status_code == 403
        ended = await world.ask(who, "POST", where, body, asked.headers["ETag"])
        assert ended.json()["state"] == state, ended.text


async def test_the_owner_reads_who_read_and_a_log_that_was_changed_is_told(
    world: World, database_kind: str
) -> None:
    path = await world.submitted()
    for who in ("member", "centre"):
        await world.ask(who, "GET", path)
    for who, status in (("nobody", 401), ("stranger", 404), ("centre", 403), ("member", 404)):
        assert (await world.ask(who, "GET", f"{path}/access-log")).status_code == status, who
    log = (await world.ask("viewer", "GET", f"{path}/access-log?limit=3&total=true")).json()
    assert (log["intact"], log["first_broken"], log["total"], len(log["items"])) == (True, None, 12, 3)
    newest = log["items"][0]
    assert newest["reader"] == {"id": str(world.people["centre"].uid), "name": world.people["centre"].name}
    assert newest["organisation"]["slug"] == world.organisations["centre"].slug
    assert (newest["position"], newest["via"], newest["version"]) == (12, "get_result", 1)
    more = (await world.ask("viewer", "GET", f"{path}/access-log?limit=9&cursor={log['next_cursor']}")).json()
    assert [one["position"] for one in more["items"]] == list(range(9, 0, -1))
    tampering = text(f"UPDATE {TABLE} SET field = 'trl' WHERE position = 4")
    for statement in (tampering, text(f"DELETE FROM {TABLE}")):
        with pytest.raises(DBAPIError, match="only be added to"):
            async with world.session.begin_nested():
                await world.session.execute(statement)
    for statement in lift_the_guard(database_kind):
        await world.session.execute(text(statement))
    await world.session.execute(tampering)
    await world.session.commit()
    log = (await world.ask("viewer", "GET", f"{path}/access-log")).json()
    assert (log["intact"], log["first_broken"]) == (False, 4)


def lift_the_guard(database_kind: str) -> list[str]:
    """Return what somebody with the database in their hands can do."""
    if database_kind == "sqlite":
        return [f"DROP TRIGGER {TABLE}_no_update"]
    return [f"ALTER TABLE {TABLE} DISABLE TRIGGER USER"]
