"""The files of the demo pool as typed records: calls, results, experts, what they said, and how projects went on."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from app.calls.rubric import Rubric
from app.models import (
    AccessState,
    AssignmentState,
    DecisionKind,
    Department,
    DisclosureTier,
    ResultState,
    Stage,
)
from app.results.documents import ResultDocument
from app.seeding.files import Record, bytes_of, read_file

POOL_LOADER_VERSION = 2
"""Raise it when the same files give other rows than before: the demo pool is then written anew."""

FOLDER = "demo_pool"
STATE = "demo_pool"
"""Under this name it stands in `seed_state` which files were loaded last."""


class Wording(Record):
    """A text in both languages."""

    zh: str
    en: str


class CallRecord(Record):
    """A call of a demo centre (`platform`) or of a department."""

    slug: str
    platform: str | None
    department: Department | None
    region_code: str | None
    title: Wording
    description: Wording
    fields: list[str]
    regions: list[str]
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    cancelled_at: datetime | None
    cancel_reason: str | None
    rubric: Rubric
    required: list[str]
    experts_per_result: int
    disagreement_bound: int


class ExpertRecord(Record):
    """What the demo expert with the account `email` can judge, and where the expert works."""

    email: str
    organisation: str
    disciplines: list[str]
    quota: int
    available_from: date | None
    available_to: date | None


class ResultRecord(Record):
    """A result and where it stands; `tiers` are those that differ from the usual ones."""

    slug: str
    organisation: str
    co_owners: list[str]
    call: str | None
    state: ResultState
    created_on: date
    submitted_on: date | None
    tiers: dict[str, DisclosureTier]
    document: ResultDocument


class EvaluationRecord(Record):
    scores: dict[str, int]
    comment_owner: str
    comment_department: str


class AssignmentRecord(Record):
    """An expert, by account, and what the expert said, or that it is still to be said."""

    result: str
    expert: str
    state: AssignmentState
    assigned_on: date
    due_on: date
    ended_on: date | None
    reason: str | None
    evaluation: EvaluationRecord | None


class DecisionRecord(Record):
    result: str
    kind: DecisionKind
    reasons: str
    decided_on: date


class PlatformRecord(Record):
    slug: str
    role: Literal["verification", "pilot", "testing"]
    since: date | None


class MilestoneRecord(Record):
    title: Wording
    due_on: date
    done_on: date | None


class OutcomeRecord(Record):
    stage: Stage
    summary: Wording
    facts: dict[str, Any]
    on_date: date


class StepRecord(Record):
    after: Stage
    on: date
    note: Wording | None


class ProjectRecord(Record):
    """How a pooled result went on: `steps` in their order, the last one leads to `stage`."""

    result: str
    stage: Stage
    platforms: list[PlatformRecord]
    milestones: list[MilestoneRecord]
    outcomes: list[OutcomeRecord]
    steps: list[StepRecord] = Field(min_length=1)


class AccessRecord(Record):
    """A demo account asks, for the operator of a demo platform, to read what is granted only."""

    result: str
    person: str
    platform: str
    reason: str
    state: AccessState
    until: date | None
    on: date
    decided_on: date | None
    answer: str | None


class PoolFiles(Record):
    """The whole demo pool."""

    calls: list[CallRecord]
    experts: list[ExpertRecord]
    results: list[ResultRecord]
    assignments: list[AssignmentRecord]
    decisions: list[DecisionRecord]
    projects: list[ProjectRecord]
    requests: list[AccessRecord]


class _Calls(Record):
    calls: list[CallRecord]


class _Experts(Record):
    experts: list[ExpertRecord]


class _Results(Record):
    results: list[ResultRecord]


class _Evaluations(Record):
    assignments: list[AssignmentRecord]
    decisions: list[DecisionRecord]


class _Projects(Record):
    projects: list[ProjectRecord]


class _Requests(Record):
    requests: list[AccessRecord]


def read_pool_files(seed_dir: Path) -> PoolFiles:
    """Read the demo pool. Raises SeedError naming the file and the place that is wrong."""
    folder = seed_dir / FOLDER
    evaluations = read_file(folder / "evaluations.json", _Evaluations)
    groups = [read_file(path, _Results) for path in _result_files(folder)]
    return PoolFiles(
        calls=read_file(folder / "calls.json", _Calls).calls,
        experts=read_file(folder / "experts.json", _Experts).experts,
        results=[result for group in groups for result in group.results],
        assignments=evaluations.assignments,
        decisions=evaluations.decisions,
        projects=read_file(folder / "projects.json", _Projects).projects,
        requests=read_file(folder / "access.json", _Requests).requests,
    )


def pool_hash(seed_dir: Path, *, demo: bool) -> str:
    """Return the hash of the files of the demo pool, of none without the demo.

    Raises SeedError when one is missing.
    """
    folder = seed_dir / FOLDER
    names = ("calls", "experts", "evaluations", "projects", "access")
    digest = hashlib.sha256(str(POOL_LOADER_VERSION).encode())
    for path in (*(folder / f"{name}.json" for name in names), *_result_files(folder)) if demo else ():
        digest.update(path.name.encode())
        digest.update(bytes_of(path))
    return digest.hexdigest()


def _result_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("results-*.json"))
