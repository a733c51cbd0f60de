"""Who is told of what happens to a project: everybody by the feed of changes, those concerned by inbox and webhook."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.models import PoolProject
from app.outbox import ChangeType


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


def facts(project: PoolProject) -> Mapping[str, Any]:
    """Return what the audit trail says of a project: nothing that is not public."""
    return {
        "slug": project.slug,
        "stage": project.stage,
        "version_number": project.version_number,
        "version": project.version,
    }
