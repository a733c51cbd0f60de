"""One of everything of the pool that belongs to somebody, for the matrix of the policy table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.who import Target
from app.models import (
    AccessState,
    AssignmentState,
    Attachment,
    Call,
    DisclosureTier,
    Evaluation,
    ExpertConflict,
    ExpertProfile,
    Milestone,
    Organisation,
    Person,
    Platform,
    ProjectPlatform,
    ProjectRole,
    Result,
    ResultState,
    Watch,
    WatchKind,
)
from app.models.matches import Cadence
from app.results.files import path_of
from tests.factories.people import LONG_AGO
from tests.factories.pool import RUBRIC, make_access, make_assignment, make_call, make_project, make_result
from tests.factories.registry import make_organisation, make_platform, stored

_EXPERT_OPERATIONS = (
    "get_expert_profile",
    "set_expert_profile",
    "list_expert_conflicts",
    "create_expert_conflict",
    "delete_expert_conflict",
)
_CONTENT = b"a file"
_FIRST_VERSION = {"get_result_version/number": "1"}
_DOCUMENT = {"title": {"zh": "成果"}, "needs": [{"id": "n1", "text": "过充试验"}]}


@dataclass(frozen=True)
class Called:
    """A call, and what it is to the table: for its own people, and for the department that oversees it."""

    call: Call
    people: Target
    oversight: Target


def key(row: Any) -> int:
    assert row.id is not None
    return int(row.id)


async def pool_side(
    session: AsyncSession,
    app: FastAPI,
    *,
    owner: Organisation,
    member: Person,
    expert: Person,
    called: Called,
    state: ResultState,
    platform: Platform,
) -> tuple[dict[str, str], dict[str, Target]]:
    """Return path parameters and targets: a result of `owner` that `expert` judged, a project, what `member` asked."""
    result = await make_result(session, owner, call=called.call, state=state, document=_DOCUMENT)
    pooled = await make_result(session, owner, call=called.call, state=ResultState.POOLED)
    path = {
        "call_id": called.call.slug,
        "result_id": result.slug,
        "attachment_id": str((await _attachment(session, app, result)).uid),
        **await _project(session, pooled, platform),
        **await _assessment(session, owner, expert, result),
        **_FIRST_VERSION,
    }
    access = await make_access(session, result, member, AccessState.OPEN)
    path["request_id"] = str(access.uid)
    watch = Watch(
        person_id=key(member),
        kind=WatchKind.SEARCH,
        name="试验",
        request={"q": "电池"},
        cadence=Cadence.AT_ONCE,
        stop_hash=f"{key(member):064x}",
        created_at=LONG_AGO,
    )
    path["watch_id"] = str((await stored(session, watch)).uid)
    live = await make_platform(session, operator_id=owner.id, region_code=owner.region_code)
    path["get_platform_demand/platform_id"] = live.slug
    of_live = Target(key(owner), platform_kind=live.kind, region_code=live.region_code)
    return path, {"published platform": of_live, **_targets(owner, member, expert, called, state)}


def _targets(
    owner: Organisation, member: Person, expert: Person, called: Called, state: ResultState
) -> dict[str, Target]:
    def of(who: Target, **known: Any) -> Target:
        return Target(
            organisation_id=key(owner),
            caller_id=who.organisation_id,
            platform_kind=who.platform_kind,
            region_code=who.region_code,
            **known,
        )

    return {
        "call": called.people,
        "call, for its department": called.oversight,
        "result": of(called.oversight, state=state),
        "submitted result": of(called.people, state=state),
        "submitted result, for its department": of(called.oversight, state=state),
        "assignment": of(called.people, state=state, person_id=key(expert)),
        "assignment, for its department": of(called.oversight, state=state, person_id=key(expert)),
        "match run": of(called.oversight, state=state),
        "pool project": of(called.oversight, state="pooled"),
        "expert": Target(person_id=key(expert), region_code=owner.region_code),
        "request for access": Target(organisation_id=key(owner), person_id=key(member)),
        "saved search or match": Target(person_id=key(member)),
    }


async def pool_published(session: AsyncSession, app: FastAPI) -> Mapping[str, str]:
    """Return path parameters of what everybody may read: a pooled result, its project, an attachment, its call."""
    owner = await make_organisation(session)
    call = await make_call(session)
    result = await make_result(session, owner, call=call, state=ResultState.POOLED)
    attachment = await _attachment(session, app, result)
    return {
        "call_id": call.slug,
        "result_id": result.slug,
        "attachment_id": str(attachment.uid),
        **_FIRST_VERSION,
        **await _project(session, result, None),
    }


async def _attachment(session: AsyncSession, app: FastAPI, result: Result) -> Attachment:
    row = Attachment(
        result_id=key(result),
        name="说明.txt",
        media_type="text/plain",
        size=len(_CONTENT),
        sha256="a" * 64,
        tier=DisclosureTier.PUBLIC,
        since_version=1,
        created_at=LONG_AGO,
    )
    path = path_of(app.state.settings, row.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_CONTENT)
    return await stored(session, row)


async def _project(session: AsyncSession, result: Result, platform: Platform | None) -> dict[str, str]:
    project = await make_project(session, result)
    milestone = await stored(session, Milestone(project_id=key(project), title_zh="完成试制"))
    path = {"project_id": project.slug, "milestone_id": str(milestone.uid)}
    if platform is not None:
        part = ProjectPlatform(
            project_id=key(project), platform_id=key(platform), role=next(iter(ProjectRole))
        )
        path["part_id"] = str((await stored(session, part)).uid)
    return path


async def _assessment(
    session: AsyncSession, owner: Organisation, expert: Person, result: Result
) -> dict[str, str]:
    profile = ExpertProfile(person_id=key(expert), organisation_id=key(owner), disciplines=["new_energy"])
    await stored(session, profile)
    conflict = ExpertConflict(person_id=key(expert), organisation_id=key(owner), created_at=LONG_AGO)
    await stored(session, conflict)
    assignment = await make_assignment(session, result, expert, AssignmentState.DONE)
    said = Evaluation(
        assignment_id=key(assignment),
        scores={str(criterion["key"]): 5 for criterion in RUBRIC},
        total=50,
        submitted_at=LONG_AGO + timedelta(days=1),
    )
    await stored(session, said)
    return {
        "assignment_id": str(assignment.uid),
        "conflict_id": str(conflict.uid),
        **{f"{operation}/person_id": str(expert.uid) for operation in _EXPERT_OPERATIONS},
    }
