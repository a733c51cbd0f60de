"""Rows of assessment as they are answered."""

from collections.abc import Sequence
from typing import Any

from app.assessment import schemas
from app.assessment.rules import Aggregate, Spread
from app.disclosure.rules import NO_CLEARANCE, disclosed
from app.kit.i18n import Localized
from app.membership.reading import Reader
from app.membership.schemas import OrganisationName
from app.models import (
    Assignment,
    Call,
    Decision,
    Evaluation,
    ExpertConflict,
    ExpertProfile,
    Organisation,
    Person,
    Result,
    ResultVersion,
)
from app.vocabulary.names import label
from app.vocabulary.schemas import Coded


def title_of(version: ResultVersion) -> Localized:
    """Return the title, which everybody to whom the result is known may read."""
    title = disclosed(version.document, version.tiers, NO_CLEARANCE).document["title"]
    return Localized(zh=title["zh"], en=title.get("en"))


def result_name(result: Result, version: ResultVersion) -> schemas.ResultName:
    return schemas.ResultName(id=result.uid, slug=result.slug, title=title_of(version))


def call_name(call: Call) -> schemas.CallName:
    return schemas.CallName(id=call.uid, slug=call.slug, title=Localized(zh=call.title_zh, en=call.title_en))


def expert_name(person: Person) -> schemas.ExpertName:
    return schemas.ExpertName(person_id=person.uid, name=person.name)


def organisation_name(organisation: Organisation | None) -> OrganisationName | None:
    if organisation is None:
        return None
    name = Localized(zh=organisation.name_zh, en=organisation.name_en)
    return OrganisationName(id=organisation.uid, slug=organisation.slug, name=name)


def disciplines_of(reader: Reader, codes: Sequence[str]) -> list[Coded]:
    return [Coded(code=code, label=label(reader.names.fields, code, reader.lang)) for code in codes]


def profile(
    reader: Reader,
    person: Person,
    row: ExpertProfile,
    organisation: Organisation | None,
    open_assignments: int,
) -> schemas.ExpertProfileRead:
    return schemas.ExpertProfileRead(
        person_id=person.uid,
        name=person.name,
        organisation=organisation_name(organisation),
        disciplines=disciplines_of(reader, row.disciplines),
        quota=row.quota,
        available_from=row.available_from,
        available_to=row.available_to,
        open_assignments=open_assignments,
    )


def conflict(
    row: ExpertConflict,
    organisation: Organisation | None,
    result: Result | None,
    version: ResultVersion | None,
) -> schemas.ExpertConflictRead:
    return schemas.ExpertConflictRead(
        id=row.uid,
        organisation=organisation_name(organisation),
        result=None if result is None or version is None else result_name(result, version),
        reason=row.reason,
        created_at=row.created_at,
    )


def assignment(row: Any) -> schemas.AssignmentRead:
    """Return the answer for a row of `queries.page_of_assignments`."""
    one: Assignment = row[0]
    return schemas.AssignmentRead(
        id=one.uid,
        call=call_name(row[1]),
        result=result_name(row[2], row[3]),
        version_number=one.version_number,
        expert=expert_name(row[4]),
        state=one.state,
        manual=one.manual,
        assigned_at=one.assigned_at,
        due_on=one.due_on,
        ended_at=one.ended_at,
        reason=one.reason,
    )


def evaluation(row: Evaluation, assigned: Assignment) -> schemas.EvaluationRead:
    return schemas.EvaluationRead(
        id=row.uid,
        assignment_id=assigned.uid,
        version_number=assigned.version_number,
        scores=row.scores,
        total=row.total,
        comment_owner=row.comment_owner,
        comment_department=row.comment_department,
        submitted_at=row.submitted_at,
    )


def judgement(row: Evaluation, person: Person, *, for_department: bool) -> schemas.JudgementRead:
    """Return what one expert said; what is for the department only the department reads."""
    return schemas.JudgementRead(
        expert=expert_name(person),
        scores=row.scores,
        total=row.total,
        comment_owner=row.comment_owner,
        comment_department=row.comment_department if for_department else None,
    )


def aggregated(found: Aggregate) -> schemas.AggregateRead:
    return schemas.AggregateRead(
        count=found.count,
        total=_spread(found.total),
        criteria={key: _spread(one) for key, one in found.criteria.items()},
        disagree=found.disagree,
    )


def _spread(found: Spread) -> schemas.SpreadRead:
    return schemas.SpreadRead(
        mean=found.mean, median=found.median, spread=found.spread, deviation=found.deviation
    )


def decision_made(row: Decision) -> schemas.DecisionMade:
    return schemas.DecisionMade(
        id=row.uid,
        decision=row.kind,
        reasons=row.reasons,
        version_number=row.version_number,
        mean=row.mean,
        spread=row.spread,
        decided_at=row.decided_at,
        recalled_at=row.recalled_at,
        recall_reason=row.recall_reason,
    )


def decision_for_owner(row: Decision, comments: Sequence[str]) -> schemas.DecisionRead:
    return schemas.DecisionRead(
        id=row.uid,
        decision=row.kind,
        reasons=row.reasons,
        version_number=row.version_number,
        decided_at=row.decided_at,
        comments=list(comments),
        recalled_at=row.recalled_at,
        recall_reason=row.recall_reason,
    )
