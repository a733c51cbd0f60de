"""Calls, results, experts at work and pooled projects for tests: only what is asked is special."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    AccessRequest,
    AccessState,
    Assignment,
    AssignmentState,
    Call,
    Department,
    Organisation,
    Person,
    Platform,
    PoolProject,
    Result,
    ResultState,
    ResultVersion,
    Stage,
)
from app.results.documents import ResultDocument
from tests.factories.people import LONG_AGO
from tests.factories.registry import stored

_number = itertools.count(1)

RUBRIC = [
    {"key": key, "name": {"zh": zh, "en": en}, "weight": weight, "low": 0, "high": 10}
    for key, zh, en, weight in (
        ("innovation", "创新性", "innovation", 30),
        ("maturity", "成熟度", "maturity", 20),
        ("market", "市场前景", "market", 20),
        ("team", "团队", "team", 10),
        ("feasibility", "验证可行性", "feasibility of verification", 20),
    )
]


async def make_call(
    session: AsyncSession, *, centre: Platform | None = None, now: datetime = LONG_AGO, **known: Any
) -> Call:
    """An open call of `centre`, or else of the province's science department."""
    number = next(_number)
    owner: dict[str, Any] = (
        {"department": Department.SCIENCE, "region_code": "330000"}
        if centre is None
        else {"platform_id": centre.id}
    )
    values = {
        "slug": f"call-{number}",
        "title_zh": f"第{number}批成果征集",
        "opens_at": now - timedelta(days=10),
        "closes_at": now + timedelta(days=20),
        "rubric": RUBRIC,
        "created_at": LONG_AGO,
        **owner,
        **known,
    }
    return await stored(session, Call(**values))


async def make_result(
    session: AsyncSession,
    owner: Organisation,
    *,
    call: Call | None = None,
    state: ResultState = ResultState.DRAFT,
    document: dict[str, Any] | None = None,
    tiers: dict[str, str] | None = None,
    **known: Any,
) -> Result:
    """A result of `owner` with one version, submitted to `call` where one is given."""
    assert owner.id is not None
    number = next(_number)
    submitted = call is not None
    result = Result(
        **{
            "slug": f"result-{number}",
            "organisation_id": owner.id,
            "state": state,
            "call_id": call.id if call else None,
            "submitted": 1 if submitted else None,
            "submitted_at": LONG_AGO if submitted else None,
            "created_at": LONG_AGO,
            **known,
        }
    )
    await stored(session, result)
    assert result.id is not None
    said = document or {"title": {"zh": f"成果{number}"}, "fields": ["new_energy"]}
    version = ResultVersion(
        result_id=result.id,
        number=1,
        document=ResultDocument.model_validate(said).stored(),
        tiers=tiers or {},
        created_at=LONG_AGO,
        submitted_at=LONG_AGO if submitted else None,
    )
    await stored(session, version)
    return result


async def make_assignment(
    session: AsyncSession,
    result: Result,
    person: Person,
    state: AssignmentState = AssignmentState.ASSIGNED,
) -> Assignment:
    assert result.id is not None
    assert result.call_id is not None
    assert person.id is not None
    row = Assignment(
        call_id=result.call_id,
        result_id=result.id,
        version_number=result.newest,
        person_id=person.id,
        state=state,
        assigned_at=LONG_AGO,
        due_on=(LONG_AGO + timedelta(days=14)).date(),
    )
    return await stored(session, row)


async def make_access(
    session: AsyncSession,
    result: Result,
    person: Person,
    state: AccessState = AccessState.GRANTED,
    **known: Any,
) -> AccessRequest:
    assert result.id is not None
    assert person.id is not None
    values = {
        "result_id": result.id,
        "person_id": person.id,
        "reason": "评估合作可能",
        "state": state,
        "created_at": LONG_AGO,
        **known,
    }
    return await stored(session, AccessRequest(**values))


async def make_project(
    session: AsyncSession, result: Result, stage: Stage = Stage.POOLED, **known: Any
) -> PoolProject:
    """A pooled project of `result`, which must stand in the state `pooled`."""
    assert result.id is not None
    number = next(_number)
    values = {
        "slug": f"project-{number}",
        "title_zh": f"项目{number}",
        "result_id": result.id,
        "call_id": result.call_id,
        "version_number": result.newest,
        "stage": stage,
        "pooled_at": LONG_AGO,
        "stage_since": LONG_AGO,
        **known,
    }
    return await stored(session, PoolProject(**values))
