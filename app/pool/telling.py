"""Who is told of what happens to a project: everybody by the feed of changes, those concerned by inbox and webhook."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.models import Organisation, PoolProject, Stage
from app.notices import Notice, NoticeType, notify, people_of_organisation
from app.outbox import AddressedType, Audience, ChangeType, Event
from app.pool import queries
from app.pool.wording import STAGES


def tell_everybody(session: AsyncSession, change: ChangeType, project: PoolProject, *, actor: str) -> None:
    """Write the public event about a project."""
    event = outbox.project_event(
        change,
        project.uid,
        slug=project.slug,
        title_zh=project.title_zh,
        title_en=project.title_en,
        demo=project.demo,
    )
    outbox.add(session, event, actor=actor)


async def tell_concerned(
    session: AsyncSession, project: PoolProject, before: Stage, owners: Sequence[Organisation], *, actor: str
) -> None:
    """Tell the owners and the operators of the platforms involved that the project came to another stage."""
    operators = await queries.operators_involved(session, project)
    organisations = {each.uid: each for each in (*owners, *operators)}
    title = {"zh": project.title_zh, "en": project.title_en}
    people = {
        person
        for each in organisations.values()
        if each.id is not None
        for person in await people_of_organisation(session, each.id)
    }
    await notify(session, people, stage_notice(project), now=project.stage_since)
    payload = {
        "slug": project.slug,
        "name": title,
        "demo": project.demo,
        "before": before.value,
        "stage": project.stage.value,
    }
    audience = Audience(organisations=frozenset(organisations))
    event = Event(
        AddressedType.PROJECT_STAGE_CHANGED, outbox.PROJECT, project.uid, payload=payload, audience=audience
    )
    outbox.add(session, event, actor=actor)


def stage_notice(project: PoolProject) -> Notice:
    """Return what those concerned are told of the stage that a project is at."""
    title = {"zh": project.title_zh, "en": project.title_en}
    return Notice(
        NoticeType.PROJECT_STAGE_CHANGED,
        outbox.PROJECT,
        project.uid,
        {"title": title, "stage": STAGES[project.stage].model_dump()},
        cause=f"project_stage:{project.uid}:{project.version}",
    )


def facts(project: PoolProject) -> Mapping[str, Any]:
    """Return what the audit trail says of a project: nothing that is not public."""
    return {
        "slug": project.slug,
        "stage": project.stage,
        "version_number": project.version_number,
        "version": project.version,
    }


def record(
    session: AsyncSession,
    actor: str,
    action: str,
    project: PoolProject,
    owner: Organisation,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Write the audit entry of something done to a project, or to what belongs to it."""
    audit.record(
        session,
        actor,
        action,
        outbox.PROJECT,
        project.uid,
        before=before,
        after=after,
        belongs_to=audit.Owner(organisation_uid=owner.uid),
    )
