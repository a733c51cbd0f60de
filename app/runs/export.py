"""Feedback as gold: what was confirmed, in the form of the gold files of the evaluation."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.db import SessionFactory
from app.disclosure.readings import record_readings
from app.models import FeedbackKind, MatchFeedback, TaskOutcome
from app.results.documents import ResultDocument
from app.runs import feedback_queries as queries
from app.runs.feedback_schemas import GoldRead, GoldResult
from app.runs.packing import document_of
from app.runs.sight import Sight, sights

GRADES: Mapping[FeedbackKind, int] = {FeedbackKind.USEFUL: 2, FeedbackKind.CONTACTED: 3}
"""How relevant the services of a platform are said to be, where the platform has answered."""
READ = ("abstract", "keywords", "trl", "needs", "constraints")
"""The fields of a result that gold tells besides its title."""


async def export_gold(
    session: AsyncSession, new_session: SessionFactory, principal: Principal, *, now: datetime
) -> GoldRead:
    """Return what both sides stand to, of the results whose needs the principal may read; readings are recorded."""
    rows = await queries.confirmed_feedback(session)
    seen = await sights(session, principal, [(row[4], row[5], row[6]) for row in rows], now=now)
    by_run: dict[int, list[tuple[Any, Sight]]] = {}
    for row, sight in zip(rows, seen, strict=True):
        if sight.shows_needs:
            by_run.setdefault(row[3].id, []).append((row, sight))
    results = [_result(group) for group in by_run.values()]
    readings = [group[0][1].reading(READ) for group in by_run.values()]
    await record_readings(session, new_session, principal, readings, via="export_feedback", at=now)
    universe = sorted({slug.rsplit("-svc-", 1)[0] for result in results for slug in result.judgements})
    return GoldRead(universe=universe, results=results)


def _result(group: Sequence[tuple[Any, Sight]]) -> GoldResult:
    row, sight = group[0]
    run, result = row[3], row[4]
    # What may not be read is left out, and so it has the value of a field that was never filled.
    document = ResultDocument.model_validate(sight.document())
    answer, asked = document_of(run.answer), document_of(run.request)["request"]
    verdicts: dict[str, dict[str, Any]] = {}
    for feedback, platform, task, *_ in (each for each, _ in group):
        right = _right_verdict(feedback, None if task is None else task.outcome)
        if right is not None:
            verdicts.setdefault(feedback.need_key, {})[platform.slug] = right
    return GoldResult(
        id=f"{result.slug}-{run.uid}",
        field=document.fields[0] if document.fields else None,
        title_zh=document.title.zh,
        abstract_zh=document.abstract or "",
        trl=document.trl,
        keywords_zh=document.keywords,
        needs=[_need(need) for need in answer["needs"]],
        constraints=(asked["constraints"] or {}) if sight.covers("constraints") else {},
        on_date=run.on_date,
        judgements=_judgements((each for each, _ in group), answer),
        verdicts=verdicts,
        best_plan=[],
        text_only_needs=[need["id"] for need in answer["needs"] if _is_text_only(need)],
    )


def _right_verdict(feedback: MatchFeedback, outcome: TaskOutcome | None) -> str | None:
    """Return the verdict that was found to be right: the one claimed, or the one of the run."""
    if outcome is TaskOutcome.CONFIRMED:
        return feedback.claimed
    return feedback.verdict if outcome is TaskOutcome.REFUTED else None


def _judgements(rows: Iterable[Any], answer: Mapping[str, Any]) -> dict[str, int]:
    services = {c["platform"]["slug"]: [s["slug"] for s in c["services"]] for c in answer["candidates"]}
    judged: dict[str, int] = {}
    for feedback, platform, *_ in rows:
        grade = GRADES.get(feedback.kind)
        if grade is not None and feedback.answered_at is not None:
            for slug in services.get(platform.slug, ()):
                judged[slug] = max(grade, judged.get(slug, 0))
    return judged


def _need(understood: Mapping[str, Any]) -> dict[str, Any]:
    """Return a need in the form in which it is asked."""
    names = ("id", "capability", "standard", "accreditation", "must")
    return {
        **{name: understood[name] for name in names},
        "text_zh": understood["text"] or "",
        "range": _range(understood["range"]),
    }


def _range(stated: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if stated is None:
        return None
    if stated["grades"]:
        return {"grade": stated["written"] or stated["grades"][0]}
    return {name: stated[name] for name in ("min", "max", "unit")}


def _is_text_only(need: Mapping[str, Any]) -> bool:
    return need["capability"] is None and need["standard"] is None
