"""The demo pool on both databases: what the files say, written once, kept where people went on, gone with the demo."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import audit
from app.accounts.demo import bring_demo_accounts
from app.accounts.passwords import Passwords
from app.assessment.queries import open_assignments
from app.db import SessionFactory, writing
from app.kit.clock import utcnow
from app.models import Call, Organisation, Result, ResultState, ResultVersion, Stage
from app.seeding.files import SeedError
from app.seeding.load import SEED_DIR, SeedReport, seed
from app.seeding.pool import seed_pool
from app.seeding.pool_files import PoolFiles, read_pool_files
from tests.seeding.rows import TABLES, count, dump, one, read

EDITED, CHANGED = "demo-result-robotics-01", "demo-result-robotics-03"


@pytest.fixture
def seed_dir(tmp_path: Path) -> Path:
    """A copy of the seed files that a test may edit."""
    return Path(shutil.copytree(SEED_DIR, tmp_path / "seed_data"))


async def bring_pool(sessions: SessionFactory, *, demo: bool = True, seed_dir: Path = SEED_DIR) -> SeedReport:
    await bring_demo_accounts(sessions, Passwords(), wanted=demo, now=utcnow())
    return await seed_pool(sessions, demo=demo, seed_dir=seed_dir, progress=lambda _message: None)


async def events(sessions: SessionFactory) -> Counter[tuple[str, str]]:
    """How many events there are about each project, by slug and type."""
    event = TABLES["outbox_event"].c
    async with sessions() as session:
        rows = await session.execute(select(event.type, event.payload).where(event.entity == "project"))
        return Counter((row.payload["slug"], row.type) for row in rows)


def retitle(seed_dir: Path, slugs: set[str]) -> None:
    """Give results another English title in their file."""
    path = seed_dir / "demo_pool" / "results-d.json"
    content = json.loads(path.read_bytes())
    for record in content["results"]:
        if record["slug"] in slugs:
            record["document"]["title"]["en"] = "Another title"
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


async def counts_by(sessions: SessionFactory, table: str, column: str) -> Counter[Any]:
    async with sessions() as session:
        return Counter((await session.scalars(select(TABLES[table].c[column]))).all())


async def check_rows(sessions: SessionFactory, files: PoolFiles) -> None:
    """The rows say what the files say."""
    assert await counts_by(sessions, "result", "state") == Counter(each.state for each in files.results)
    assert await counts_by(sessions, "pool_project", "stage") == Counter(
        each.stage for each in files.projects
    )
    fields_of = {each.slug: len(each.document.fields) for each in files.results}
    for table, expected in (
        ("call", len(files.calls)),
        ("result_version", len(files.results)),
        ("result_owner", sum(len(each.co_owners) for each in files.results)),
        ("result_need", sum(len(each.document.needs) for each in files.results if each.submitted_on)),
        ("pool_project_field", sum(fields_of[each.result] for each in files.projects)),
        ("stage_change", sum(len(each.steps) for each in files.projects)),
        ("milestone", sum(len(each.milestones) for each in files.projects)),
        ("project_platform", sum(len(each.platforms) for each in files.projects)),
        ("project_outcome", sum(len(each.outcomes) for each in files.projects)),
        ("expert_profile", len(files.experts)),
        ("assignment", len(files.assignments)),
        ("evaluation", sum(each.evaluation is not None for each in files.assignments)),
        ("decision", len(files.decisions)),
        ("access_request", len(files.requests)),
    ):  # fmt: skip
        assert await count(sessions, table) == expected, table
    assert sum((await events(sessions)).values()) == 62
    project = await one(sessions, "pool_project", slug=EDITED)
    assert (project.stage, project.title_en) == (
        Stage.INDUSTRIALISED,
        "Light seven-axis collaborative arm",
    )
    by_slug = {each.slug: each.document.fields for each in files.results}
    async with sessions() as session:
        written = await session.execute(select(TABLES["result"].c.slug, TABLES["result"].c.fields))
        assert {row.slug: row.fields for row in written} == by_slug
    async with sessions() as session:
        assert sum((await open_assignments(session)).values()) == 7


async def test_the_pool_is_written_once_and_kept_where_people_went_on(
    own_catalogue: SessionFactory, seed_dir: Path
) -> None:
    files = read_pool_files(SEED_DIR)
    assert (await bring_pool(own_catalogue)).changed
    await check_rows(own_catalogue, files)
    before = await dump(own_catalogue)
    assert not (await bring_pool(own_catalogue)).changed
    await seed(own_catalogue, demo=True, progress=lambda _message: None)
    assert await dump(own_catalogue) == before
    # Another form of the same files: nothing is written, and nothing told.
    path = seed_dir / "demo_pool" / "projects.json"
    path.write_text(json.dumps(json.loads(path.read_bytes())), "utf-8")
    report = await bring_pool(own_catalogue, seed_dir=seed_dir)
    assert (report.changed, report.written, report.removed) == (True, {}, {})
    # What a person has edited is left alone, what nobody has touched follows its file.
    async with writing(own_catalogue) as session:
        edited = (await session.scalars(select(Result).where(TABLES["result"].c.slug == EDITED))).one()
        audit.record(session, "person:owner", "result.changed", "result", edited.uid)
    retitle(seed_dir, {EDITED, CHANGED})
    told = await events(own_catalogue)
    report = await bring_pool(own_catalogue, seed_dir=seed_dir)
    assert report.written == {"result": 1, "result_version": 1, "pool_project": 1}
    assert await events(own_catalogue) - told == Counter({(CHANGED, "project.changed"): 1})
    for slug, title in ((EDITED, "Light seven-axis collaborative arm"), (CHANGED, "Another title")):
        assert (await one(own_catalogue, "pool_project", slug=slug)).title_en == title
        key = (await one(own_catalogue, "result", slug=slug)).id
        assert (await one(own_catalogue, "result_version", result_id=key)).document["title"]["en"] == title
    broken = seed_dir / "demo_pool" / "calls.json"
    broken.write_text('{"calls": [{}]}', "utf-8")
    with pytest.raises(SeedError, match=r"calls\.json"):
        await bring_pool(own_catalogue, seed_dir=seed_dir)


async def test_the_pool_goes_with_the_demo_and_takes_what_was_made_for_it(
    own_catalogue: SessionFactory,
) -> None:
    await bring_pool(own_catalogue)
    call = await one(own_catalogue, "call", slug="demo-call-province-2027")
    demo_owner = await one(own_catalogue, "organisation", slug="demo-owner-02")
    async with writing(own_catalogue) as session:
        real = Organisation(slug="real", name_zh="真机构", demo=False)
        session.add(real)
        await session.flush()
        for slug, owner in (("made-for-demo", demo_owner.id), ("made-by-others", real.id or 0)):
            made = Result(
                slug=slug, organisation_id=owner, state=ResultState.SUBMITTED, call_id=call.id, submitted=1,
                created_at=utcnow(),
            )  # fmt: skip
            session.add(made)
            await session.flush()
            session.add(ResultVersion(result_id=made.id or 0, number=1, document={}, created_at=utcnow()))
        audit.record(session, "person:owner", "call.changed", "call", call.uid)
    await seed(own_catalogue, demo=False, progress=lambda _message: None)
    assert (await bring_pool(own_catalogue, demo=False)).changed
    assert not (await bring_pool(own_catalogue, demo=False)).changed
    for table in ("call", "pool_project", "expert_profile", "assignment", "decision", "access_request"):
        assert await count(own_catalogue, table) == 0, table
    left = await one(own_catalogue, "result", organisation_id=real.id)
    assert (left.slug, left.call_id, await count(own_catalogue, "result")) == ("made-by-others", None, 1)
    kinds = Counter(kind for _slug, kind in (await events(own_catalogue)).elements())
    assert kinds == {"project.published": 62, "project.removed": 62}
    # It comes back as it was, without what people had made.
    await seed(own_catalogue, demo=True, progress=lambda _message: None)
    await bring_pool(own_catalogue)
    assert await count(own_catalogue, "pool_project") == 64


async def test_a_centre_that_called_and_an_owner_of_results_outlive_their_files(
    own_catalogue: SessionFactory, seed_dir: Path
) -> None:
    async with own_catalogue() as session:
        platform = TABLES["platform"].c
        centre = (
            await session.execute(
                select(TABLES["platform"])
                .where(~platform.demo, platform.kind == "verification_centre")
                .limit(1)
            )
        ).one()
    partner = read("partner_organisations.json")["organisations"][0]["name_zh"]
    owner = await one(own_catalogue, "organisation", name_zh=partner)
    now = utcnow()
    async with writing(own_catalogue) as session:
        called = Call(
            slug="called", platform_id=centre.id, title_zh="征集", opens_at=now, closes_at=now, created_at=now
        )
        submitted = Result(
            slug="submitted", organisation_id=owner.id, state=ResultState.DRAFT, created_at=now
        )
        session.add_all([called, submitted])
    for name, key, gone in (
        ("platforms", "platforms", {"id": centre.slug}),
        ("partner_organisations", "organisations", {"name_zh": partner}),
    ):
        path = seed_dir / f"{name}.json"
        content = json.loads(path.read_bytes())
        content[key] = [each for each in content[key] if not gone.items() <= each.items()]
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    await seed(own_catalogue, demo=True, seed_dir=seed_dir, progress=lambda _message: None)
    assert (await one(own_catalogue, "platform", slug=centre.slug)).id == centre.id
    assert (await one(own_catalogue, "organisation", name_zh=partner)).id == owner.id
