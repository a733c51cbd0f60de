"""Whole files into the draft of a platform, by jobs."""

import asyncio
import random
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update

from app.db import writing
from app.guards import MAX_BODY_BYTES
from app.jobs.runner import work_on_one
from app.jobs.watch import tidy
from app.kit.clock import utcnow
from app.models import Department, DepartmentDuty
from tests.factories.people import make_duty, make_person, signed_in_as
from tests.imports.job_worlds import ITEM, JOB, LINE, LISTING, World, lines_csv, mixed_csv, without_job
from tests.imports.makers import HEADINGS, csv_bytes, row, workbook


async def publish(world: World) -> None:
    """Stand in for publication: the draft becomes what the public sees."""
    async with writing(world.sessions) as session:
        await session.execute(
            update(LINE).values(live=LINE.c.until_revision.is_(None) & LINE.c.import_id.is_(None))
        )
        await session.execute(update(LISTING).values(state="published", published=LISTING.c.revision))


class TestImport:
    async def test_a_job_is_accepted_and_does_its_work_outside_the_request(self, world: World) -> None:
        answer = await world.send(lines_csv(3))
        assert answer.status_code == 202
        job = answer.json()
        assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
        assert answer.headers["Retry-After"] == "1"
        assert (job["state"], job["outcome"], job["rows_read"]) == ("queued", None, 0)
        assert await world.lines() == []
        assert await work_on_one(world.shop)
        done = await world.job(job["id"])
        assert (done["state"], done["outcome"], done["rows_read"], done["accepted"], done["added"]) == (
            "done",
            "accepted",
            3,
            3,
            3,
        )
        assert not await work_on_one(world.shop)

    async def test_lines_stand_in_the_draft_and_not_before_the_public(self, world: World) -> None:
        await world.bring(lines_csv(2, 标准编号="gbt2423.1—2008"))
        lines = await world.lines()
        assert [(line.live, line.since_revision, line.standard_number) for line in lines] == [
            (False, 2, "GB/T 2423.1-2008")
        ] * 2
        assert [line.range_low for line in lines] == [203.15, 203.15]
        (listing,) = await world.rows(select(LISTING))
        assert (listing.state, listing.revision, listing.published, listing.version) == ("draft", 2, 1, 2)

    async def test_a_form_and_a_workbook_do_as_well(self, world: World) -> None:
        data = workbook({"能力": [HEADINGS, row(), row(检测对象="乙")]})
        answer = await world.client.post(
            world.path, files={"file": ("能力.xlsx", data, "")}, headers=world.editor
        )
        assert answer.status_code == 202
        assert answer.json()["file_name"] == "能力.xlsx"
        await work_on_one(world.shop)
        report = await world.report(answer.json()["id"])
        assert (report["format"], report["sheet"], report["added"]) == ("xlsx", "能力", 2)

    async def test_the_same_file_again_changes_nothing(self, world: World) -> None:
        await world.bring(lines_csv(20))
        before = await world.lines()
        (listing,) = await world.rows(select(LISTING))
        again = await world.bring(lines_csv(20))
        assert (again["outcome"], again["added"], again["unchanged"]) == ("accepted", 0, 20)
        assert await world.lines() == before
        assert await world.rows(select(LISTING)) == [listing]

    async def test_other_content_of_a_line_makes_a_new_version_of_it(self, world: World) -> None:
        await world.bring(lines_csv(3))
        await publish(world)
        job = await world.bring(lines_csv(2, 限制范围="只测低温"))
        assert (job["added"], job["changed"], job["unchanged"]) == (0, 2, 0)
        lines = await world.lines()
        assert sorted((line.restriction_zh, line.live) for line in lines) == [
            ("只测低温", False),
            ("只测低温", False),
            ("箱内容积不大于1 m³", True),
        ]
        ended = await world.rows(select(LINE).where(LINE.c.until_revision == 3))
        assert [(line.live, line.restriction_zh) for line in ended] == [(True, "箱内容积不大于1 m³")] * 2

    async def test_a_faulty_row_refuses_the_file_or_is_left_out_as_asked(self, world: World) -> None:
        data = csv_bytes([HEADINGS, row(), row(检测对象="乙", 单位="kQz"), row(检测对象="丙")])
        refused = await world.bring(data)
        assert (refused["state"], refused["outcome"], refused["accepted"], refused["rejected"]) == (
            "done",
            "refused",
            2,
            1,
        )
        assert await world.rows(select(LINE)) == []
        taken = await world.bring(data, on_error="reject_failed_rows")
        assert (taken["outcome"], taken["added"]) == ("accepted", 2)
        (fault,) = (await world.report(taken["id"]))["faults"]
        assert (fault["row"], fault["column"], fault["code"]) == (3, "单位", "unknown_unit")

    async def test_a_file_that_is_none_fails_the_job(self, world: World) -> None:
        job = await world.bring(b"%PDF-1.7")
        assert (job["state"], job["error"]["code"]) == ("failed", "wrong_format")
        assert (await world.report(job["id"]))["error"]["code"] == "wrong_format"

    async def test_unknown_standards_are_kept_and_proposed(self, world: World) -> None:
        job = await world.bring(lines_csv(2, 标准编号="Q/ABC 001-2024"))
        assert (await world.report(job["id"]))["unknown_standards"] == ["Q/ABC 001-2024"]
        assert [line.standard_number for line in await world.lines()] == ["Q/ABC 001-2024"] * 2


class TestReplace:
    async def test_lines_that_vanish_are_closed_with_a_date_and_stay(self, world: World) -> None:
        await world.bring(lines_csv(4))
        await publish(world)
        job = await world.bring(lines_csv(3, start=2), mode="replace", closed_on="2026-10-31")
        assert (job["added"], job["unchanged"], job["closed"]) == (1, 2, 2)
        lines = await world.lines()
        assert sorted((str(line.effective_to), line.live) for line in lines) == [
            ("2026-10-31", False),
            ("2026-10-31", False),
            ("None", False),
            ("None", True),
            ("None", True),
        ]
        public = await world.rows(select(LINE).where(LINE.c.live))
        assert [line.effective_to for line in public] == [None] * 4
        again = await world.bring(lines_csv(3, start=2), mode="replace", closed_on="2026-11-30")
        assert (again["added"], again["changed"], again["unchanged"], again["closed"]) == (0, 0, 3, 0)

    async def test_a_line_that_comes_back_is_opened_again(self, world: World) -> None:
        await world.bring(lines_csv(2))
        await world.bring(lines_csv(1), mode="replace", closed_on="2026-10-31")
        job = await world.bring(lines_csv(2))
        assert (job["changed"], job["unchanged"]) == (1, 1)
        assert [line.effective_to for line in await world.lines()] == [None, None]

    async def test_nothing_is_closed_where_a_row_was_rejected(self, world: World) -> None:
        await world.bring(lines_csv(3))
        data = csv_bytes([HEADINGS, row(检测对象="示例产品0"), row(单位="kQz")])
        job = await world.bring(data, mode="replace", on_error="reject_failed_rows")
        assert (job["outcome"], job["unchanged"], job["closed"]) == ("accepted", 1, 0)
        assert len((await world.report(job["id"]))["notes"]) == 1
        assert [line.effective_to for line in await world.lines()] == [None] * 3


class TestDryRun:
    @pytest.mark.parametrize("seed", range(6))
    async def test_it_reports_what_the_real_run_does_and_changes_nothing(
        self, world: World, seed: int
    ) -> None:
        chance = random.Random(seed)
        for _ in range(2):
            data = mixed_csv(chance, 40)
            asked = {
                "mode": chance.choice(["append", "replace"]),
                "on_error": chance.choice(["reject_all", "reject_failed_rows"]),
                "closed_on": "2026-10-31",
            }
            before = await world.rows(select(LINE))
            dry = await world.bring(data, dry_run=True, **asked)
            assert await world.rows(select(LINE)) == before
            real = await world.bring(data, **asked)
            assert without_job(await world.report(dry["id"])) == without_job(await world.report(real["id"]))
            assert len(await world.lines()) == len(before) + real["added"]


class TestConcurrency:
    async def test_one_import_at_a_time_into_one_accreditation(self, world: World) -> None:
        first = await world.send(lines_csv(1))
        second = await world.send(lines_csv(2))
        assert second.status_code == 409
        assert second.json()["code"] == "import-under-way"
        assert first.json()["id"] in second.json()["detail"]
        assert second.headers["Location"] == f"/v1/jobs/{first.json()['id']}"
        await work_on_one(world.shop)
        assert (await world.send(lines_csv(2))).status_code == 202

    async def test_sent_twice_at_once_with_one_key_there_is_one_job(self, world: World) -> None:
        headers = {**world.editor, "Idempotency-Key": "import-1", "Content-Type": "text/csv"}

        async def send() -> httpx.Response:
            return await world.client.post(world.path, content=lines_csv(5), headers=headers)

        answers = await asyncio.gather(*(send() for _ in range(4)))
        assert [answer.status_code for answer in answers] == [202] * 4
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len(await world.rows(select(JOB.c.id))) == 1
        assert len(list(world.shop.folder.iterdir())) == 1
        other = await world.client.post(world.path, content=lines_csv(6), headers=headers)
        assert other.status_code == 422

    async def test_an_edit_meanwhile_lets_the_job_begin_anew(self, world: World) -> None:
        await world.bring(lines_csv(2))
        job = (await world.send(lines_csv(3000))).json()["id"]
        working = asyncio.create_task(work_on_one(world.shop))
        await world.until_rows_are_read(job)
        async with writing(world.sessions) as session:
            await session.execute(update(LISTING).values(version=LISTING.c.version + 1))
        await working
        assert (await world.job(job))["state"] == "queued"
        assert len(await world.rows(select(LINE))) == 2
        await work_on_one(world.shop)
        found = await world.job(job)
        assert (found["state"], found["added"], found["unchanged"]) == ("done", 2998, 2)


class TestCancel:
    async def test_a_job_that_waits_is_cancelled_at_once(self, world: World) -> None:
        job = (await world.send(lines_csv(1))).json()["id"]
        answer = await world.client.post(f"/v1/jobs/{job}/cancellation", headers=world.editor)
        assert answer.status_code == 200
        assert answer.json()["state"] == "cancelled"
        assert not await work_on_one(world.shop)
        again = await world.client.post(f"/v1/jobs/{job}/cancellation", headers=world.editor)
        assert (again.status_code, again.json()["code"]) == (409, "job-over")

    async def test_of_a_job_that_runs_nothing_stays(self, world: World) -> None:
        job = (await world.send(lines_csv(3000))).json()["id"]
        working = asyncio.create_task(work_on_one(world.shop))
        await world.until_rows_are_read(job)
        await world.client.post(f"/v1/jobs/{job}/cancellation", headers=world.editor)
        await working
        found = await world.job(job)
        assert (found["state"], found["cancel_requested"]) == ("cancelled", True)
        assert await world.rows(select(LINE)) == []
        assert (await world.client.get(f"/v1/jobs/{job}/report", headers=world.viewer)).status_code == 409


class TestReading:
    async def test_the_file_comes_back_with_its_errors(self, world: World) -> None:
        job = await world.bring(csv_bytes([HEADINGS, row(), row(检测对象="=1+1")]), name="能力 表.csv")
        answer = await world.client.get(f"/v1/jobs/{job['id']}/file", headers=world.viewer)
        assert answer.status_code == 200
        assert "%E8%83%BD%E5%8A%9B%20%E8%A1%A8-errors.csv" in answer.headers["Content-Disposition"]
        assert "[formula]" in answer.content.decode("utf-8-sig")

    async def test_jobs_of_the_own_platforms_are_listed(self, world: World) -> None:
        job = await world.bring(lines_csv(1))
        listed = (await world.client.get("/v1/jobs", headers=world.viewer)).json()["items"]
        assert [one["id"] for one in listed] == [job["id"]]
        assert (await world.client.get("/v1/jobs", headers=world.stranger)).json()["items"] == []

    async def test_who_may_not_cannot_tell_it_from_none(self, world: World) -> None:
        job = await world.bring(lines_csv(1))
        for path in (f"/v1/jobs/{job['id']}", f"/v1/jobs/{job['id']}/report", f"/v1/jobs/{job['id']}/file"):
            assert (await world.client.get(path, headers=world.stranger)).status_code == 404
            assert (await world.client.get(path)).status_code == 401
        refused = await world.client.post(world.path, content=lines_csv(1), headers=world.stranger)
        assert refused.status_code == 404
        refused = await world.client.post(world.path, content=lines_csv(1), headers=world.viewer)
        assert refused.status_code == 403
        assert len(list(world.shop.folder.iterdir())) == 1

    async def test_a_file_over_the_limit_is_refused_and_not_kept(self, world: World) -> None:
        answer = await world.client.post(world.path, content=b"x" * (22 << 20), headers=world.editor)
        assert answer.status_code == 413
        assert not world.shop.folder.exists() or list(world.shop.folder.iterdir()) == []


async def test_items_are_not_touched_by_lines(world: World) -> None:
    await world.bring(lines_csv(2))
    assert await world.rows(select(ITEM)) == []


async def test_proposed_standards_are_for_the_departments_of_the_province(world: World) -> None:
    await world.bring(lines_csv(3, 标准编号="Q/ABC 001-2024"))
    async with world.sessions() as session, session.begin():
        person = await make_person(session)
        await make_duty(session, person, Department.ECONOMY, "330000", DepartmentDuty.REVIEWER)
        reviewer = await signed_in_as(session, world.app, person)
    answer = await world.client.get("/v1/standards/proposed", headers=reviewer)
    assert answer.json()["items"] == [{"base": "Q/ABC 001", "numbers": ["Q/ABC 001-2024"], "lines": 3}]
    assert (await world.client.get("/v1/standards/proposed", headers=world.editor)).status_code == 403


async def test_files_are_forgotten_when_they_were_kept_long_enough(world: World) -> None:
    job = await world.bring(lines_csv(1))
    (world.shop.folder / "left-over").write_bytes(b"x")
    settings = world.app.state.settings
    await tidy(world.sessions, settings, now=utcnow() + timedelta(hours=2))
    assert len(list(world.shop.folder.iterdir())) == 1
    await tidy(world.sessions, settings, now=utcnow() + timedelta(days=31))
    answer = await world.client.get(f"/v1/jobs/{job['id']}/file", headers=world.viewer)
    assert (answer.status_code, answer.json()["code"]) == (404, "file-forgotten")


async def test_a_file_may_be_larger_than_the_body_of_any_other_request(world: World) -> None:
    job = await world.bring(lines_csv(10) + (b" " * 999 + b"\n") * (MAX_BODY_BYTES // 1000 + 1))
    assert (job["state"], job["accepted"]) == ("done", 10)
