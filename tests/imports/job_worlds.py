"""A platform with an accreditation on a database of its own, an application on it, and work on its import jobs."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from app.db import SessionFactory
from app.imports.rows import Limits
from app.jobs.files import folder_of
from app.jobs.runner import Workshop, work_on_one
from app.models import OrganisationRole, metadata
from tests.factories.people import make_member, make_person, signed_in_as
from tests.factories.registry import make_accreditation, make_organisation, make_platform, make_vocabulary
from tests.imports.makers import HEADINGS, csv_bytes, row

LINE = metadata.tables["scope_line"]
JOB = metadata.tables["import_job"]
LISTING = metadata.tables["listing"]
ITEM = metadata.tables["listing_item"]
TEXT = {"Content-Type": "text/csv"}


@dataclass(frozen=True)
class World:
    client: httpx.AsyncClient
    app: FastAPI
    sessions: SessionFactory
    accreditation: str
    platform: str
    editor: dict[str, str]
    viewer: dict[str, str]
    stranger: dict[str, str]

    @property
    def path(self) -> str:
        return f"/v1/accreditations/{self.accreditation}/scope-lines/import"

    @property
    def shop(self) -> Workshop:
        few = {"sqlite": 100, "postgresql": 250}
        return Workshop(self.sessions, folder_of(self.app.state.settings), Limits(), lines_at_once=few)

    async def send(self, data: bytes, *, path: str | None = None, **asked: Any) -> httpx.Response:
        """Ask for an import as the editor."""
        return await self.client.post(
            path or self.path, content=data, params=asked, headers={**self.editor, **TEXT}
        )

    async def job(self, job: str) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/jobs/{job}", headers=self.viewer)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    async def report(self, job: str) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/jobs/{job}/report", headers=self.viewer)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def bring(self, data: bytes, *, path: str | None = None, **asked: Any) -> dict[str, Any]:
        """Import to the end and return the job."""
        answer = await self.send(data, path=path, **asked)
        assert answer.status_code == 202, answer.text
        assert await work_on_one(self.shop)
        return await self.job(answer.json()["id"])

    async def until_rows_are_read(self, job: str) -> None:
        async with asyncio.timeout(60):
            # The job is at work in another task, which has no event to wait for.
            while (await self.job(job))["rows_read"] == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def lines(self) -> Sequence[Any]:
        """The lines of the draft."""
        wanted = (LINE.c.until_revision.is_(None), LINE.c.import_id.is_(None))
        return await self.rows(select(LINE).where(*wanted).order_by(LINE.c.id))

    async def rows(self, statement: Any) -> Sequence[Any]:
        async with self.sessions() as session:
            return (await session.execute(statement)).all()


async def fill(sessions: SessionFactory, app: FastAPI) -> dict[str, Any]:
    """Make a published platform with an accreditation, and people; return what a World has of them."""
    async with sessions() as session, session.begin():
        await make_vocabulary(session)
        organisation = await make_organisation(session)
        platform = await make_platform(session, operator_id=organisation.id, slug="importing-platform")
        accreditation = await make_accreditation(session, platform, slug="importing-accreditation")
        people = {}
        for name, role in (("editor", OrganisationRole.EDITOR), ("viewer", OrganisationRole.VIEWER)):
            person = await make_person(session)
            await make_member(session, person, organisation, role)
            people[name] = await signed_in_as(session, app, person)
        people["stranger"] = await signed_in_as(session, app, await make_person(session))
        return {"accreditation": accreditation.slug, "platform": platform.slug, **people}


def lines_csv(count: int, *, start: int = 0, **changes: Any) -> bytes:
    """A file of good rows that all differ."""
    rows = [row(**{"检测对象": f"示例产品{number}", **changes}) for number in range(start, start + count)]
    return csv_bytes([HEADINGS, *rows])


def mixed_csv(chance: random.Random, count: int) -> bytes:
    """A file of rows some of which repeat, contradict, are faulty or are no data."""
    rows = []
    for _ in range(count):
        changes: dict[str, Any] = {"检测对象": f"示例产品{chance.randint(0, count)}"}
        if chance.random() < 0.2:
            changes["单位"] = chance.choice(["kQz", "MPa", ""])
        if chance.random() < 0.2:
            changes["限制范围"] = chance.choice(["只测部分参数", "除外 5.4", ""])
        if chance.random() < 0.1:
            changes["标准编号"] = chance.choice(["Q/ABC 001-2024", "GBT 2423.17-2008", "", "无"])
        rows.append(row(**changes))
    return csv_bytes([HEADINGS, *rows])


def without_job(report: dict[str, Any]) -> dict[str, Any]:
    """What a dry run must say as the real run does."""
    own = {"job_id", "dry_run", "started_at", "finished_at"}
    return {name: value for name, value in report.items() if name not in own}
