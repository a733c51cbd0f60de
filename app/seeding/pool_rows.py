"""Seed records of the demo pool as rows; pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from app.assessment.rules import spread_of
from app.calls.rubric import Criterion, total_of
from app.kit.clock import BUSINESS_ZONE
from app.pool.rules import public_columns, public_side
from app.results.similarity import fingerprint
from app.seeding.catalogue_rows import seed_uid
from app.seeding.pool_files import (
    AccessRecord,
    AssignmentRecord,
    CallRecord,
    DecisionRecord,
    ExpertRecord,
    ProjectRecord,
    ResultRecord,
)
from app.seeding.tables import Row
from app.seeding.vocabulary_rows import Numbers

BY = "system"
FIRST = 1
"""The number of the only version of each demo result."""

_AT = time(10)


def call_row(record: CallRecord, platforms: Mapping[str, int]) -> Row:
    """`platforms`: key by slug."""
    return {
        "uid": seed_uid(f"call/{record.slug}"),
        "slug": record.slug,
        "platform_id": platforms[record.platform] if record.platform else None,
        "department": record.department,
        "region_code": record.region_code,
        "title_zh": record.title.zh,
        "title_en": record.title.en,
        "description_zh": record.description.zh,
        "description_en": record.description.en,
        "fields": record.fields,
        "regions": record.regions,
        "opens_at": record.opens_at.astimezone(UTC),
        "closes_at": record.closes_at.astimezone(UTC),
        "cancelled_at": record.cancelled_at.astimezone(UTC) if record.cancelled_at else None,
        "cancel_reason": record.cancel_reason,
        "rubric": [criterion.model_dump(mode="json") for criterion in record.rubric],
        "required": record.required,
        "experts_per_result": record.experts_per_result,
        "disagreement_bound": record.disagreement_bound,
        "demo": True,
        "created_at": min(record.opens_at, record.cancelled_at or record.opens_at).astimezone(UTC),
        "version": 1,
    }


def result_row(record: ResultRecord, organisations: Mapping[str, int], calls: Mapping[str, int]) -> Row:
    """`organisations`, `calls`: key by slug."""
    document, submitted = record.document, record.submitted_on is not None
    title, teaser = document.title, document.public_abstract
    public = [title.zh, title.en, *((teaser.zh, teaser.en) if teaser else ())]
    texts = [title.zh, title.en, document.abstract, document.confidential]
    return {
        "uid": seed_uid(f"result/{record.slug}"),
        "slug": record.slug,
        "organisation_id": organisations[record.organisation],
        "created_by_id": None,
        "state": record.state,
        "call_id": calls[record.call] if record.call else None,
        "newest": FIRST,
        "submitted": FIRST if submitted else None,
        "submitted_at": _moment(record.submitted_on),
        "fields": document.fields,
        "fingerprint": fingerprint(texts) if submitted else [],
        "public_fingerprint": fingerprint(public) if submitted else [],
        "demo": True,
        "created_at": _moment(record.created_on),
        "version": 1,
    }


def version_row(record: ResultRecord, result_id: int) -> Row:
    return {
        "result_id": result_id,
        "number": FIRST,
        "document": record.document.stored(),
        "tiers": {field: tier.value for field, tier in record.tiers.items()},
        "created_at": _moment(record.created_on),
        "submitted_at": _moment(record.submitted_on),
    }


def need_rows(record: ResultRecord, result_id: int, numbers: Numbers) -> Iterator[Row]:
    """The needs of what was submitted; none of a draft."""
    for need in record.document.needs if record.submitted_on else ():
        yield {
            "result_id": result_id,
            "need_key": need.id,
            "must": need.must,
            "capability": need.capability,
            "standard_base": numbers.read(need.standard).base if need.standard else None,
            "stated": need.model_dump(mode="json"),
        }


def project_row(
    record: ProjectRecord, result: ResultRecord, result_row: Row, result_id: int, region_code: str | None
) -> Row:
    """`result_row` is that of the pooled result."""
    side = public_side(result.document.stored(), {field: tier.value for field, tier in result.tiers.items()})
    capabilities = [need.capability for need in result.document.needs if need.capability]
    return {
        "uid": seed_uid(f"project/{record.result}"),
        "slug": record.result,
        "result_id": result_id,
        "call_id": result_row["call_id"],
        "version_number": FIRST,
        **public_columns(side, capabilities),
        "region_code": region_code,
        "stage": record.stage,
        "pooled_at": _moment(record.steps[0].on),
        "stage_since": _moment(record.steps[-1].on),
        "demo": True,
        "version": len(record.steps),
    }


def project_field_rows(result: ResultRecord, project_id: int) -> Iterator[Row]:
    for position, code in enumerate(result.document.fields):
        yield {"project_id": project_id, "field_code": code, "position": position}


def stage_rows(record: ProjectRecord, project_id: int) -> Iterator[Row]:
    befores = [None, *(step.after for step in record.steps)]
    for before, step in zip(befores, record.steps, strict=False):
        yield {
            "uid": seed_uid(f"stage/{record.result}/{step.after}"),
            "project_id": project_id,
            "before": before,
            "after": step.after,
            "note_zh": step.note.zh if step.note else None,
            "note_en": step.note.en if step.note else None,
            "at": _moment(step.on),
            "by": BY,
        }


def milestone_rows(record: ProjectRecord, project_id: int) -> Iterator[Row]:
    for position, milestone in enumerate(record.milestones):
        yield {
            "uid": seed_uid(f"milestone/{record.result}/{position}"),
            "project_id": project_id,
            "title_zh": milestone.title.zh,
            "title_en": milestone.title.en,
            "due_on": milestone.due_on,
            "done_on": milestone.done_on,
            "version": 1,
        }


def outcome_rows(record: ProjectRecord, project_id: int) -> Iterator[Row]:
    for outcome in record.outcomes:
        yield {
            "uid": seed_uid(f"outcome/{record.result}/{outcome.stage}"),
            "project_id": project_id,
            "stage": outcome.stage,
            "summary_zh": outcome.summary.zh,
            "summary_en": outcome.summary.en,
            "facts": outcome.facts,
            "on_date": outcome.on_date,
            "created_at": _moment(outcome.on_date),
        }


def part_rows(record: ProjectRecord, project_id: int, platforms: Mapping[str, int]) -> Iterator[Row]:
    """`platforms`: key by slug."""
    for part in record.platforms:
        yield {
            "project_id": project_id,
            "platform_id": platforms[part.slug],
            "role": part.role,
            "since": part.since,
        }


def profile_row(record: ExpertRecord, person_id: int, organisations: Mapping[str, int]) -> Row:
    return {
        "person_id": person_id,
        "organisation_id": organisations[record.organisation],
        "disciplines": record.disciplines,
        "quota": record.quota,
        "available_from": record.available_from,
        "available_to": record.available_to,
        "version": 1,
    }


def assignment_row(record: AssignmentRecord, call_id: int, result_id: int, person_id: int) -> Row:
    return {
        "uid": seed_uid(f"assignment/{record.result}/{record.expert}"),
        "call_id": call_id,
        "result_id": result_id,
        "version_number": FIRST,
        "person_id": person_id,
        "state": record.state,
        "manual": False,
        "assigned_at": _moment(record.assigned_on),
        "due_on": record.due_on,
        "assigned_by": BY,
        "ended_at": _moment(record.ended_on),
        "reason": record.reason,
    }


def evaluation_row(
    record: AssignmentRecord, assignment_id: int, rubric: Iterable[Criterion]
) -> dict[str, Any] | None:
    """None while the evaluation is still to come."""
    given = record.evaluation
    if given is None:
        return None
    return {
        "uid": seed_uid(f"evaluation/{record.result}/{record.expert}"),
        "assignment_id": assignment_id,
        "scores": given.scores,
        "total": total_of(list(rubric), given.scores),
        "comment_owner": given.comment_owner,
        "comment_department": given.comment_department,
        "submitted_at": _moment(record.ended_on),
    }


def decision_row(record: DecisionRecord, call_id: int, result_id: int, totals: list[float]) -> Row:
    """`totals` of all evaluations of the result."""
    said = spread_of(totals) if totals else None
    return {
        "uid": seed_uid(f"decision/{record.result}"),
        "result_id": result_id,
        "call_id": call_id,
        "version_number": FIRST,
        "kind": record.kind,
        "reasons": record.reasons,
        "mean": said.mean if said else None,
        "spread": said.spread if said else None,
        "decided_at": _moment(record.decided_on),
        "decided_by": BY,
        "recalled_at": None,
        "recalled_by": None,
        "recall_reason": None,
    }


def request_row(record: AccessRecord, result_id: int, person_id: int, organisation_id: int) -> Row:
    return {
        "uid": seed_uid(f"access/{record.result}/{record.person}"),
        "result_id": result_id,
        "person_id": person_id,
        "organisation_id": organisation_id,
        "reason": record.reason,
        "state": record.state,
        "until": record.until,
        "created_at": _moment(record.on),
        "decided_at": _moment(record.decided_on),
        "decided_by_id": None,
        "answer": record.answer,
        "direct": False,
        "version": 1,
    }


def _moment(day: date | None) -> datetime | None:
    """Return ten o'clock of a business day."""
    return None if day is None else datetime.combine(day, _AT, BUSINESS_ZONE).astimezone(UTC)
