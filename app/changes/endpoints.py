"""The feed of changes; no account needed."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.changes import usecases
from app.changes.schemas import ChangesAsked, ChangesRead
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems

router = APIRouter(tags=["changes"])


@router.get("/changes", summary="变更流 List changes", responses=problems(InvalidRequest, InvalidCursor))
async def list_changes(session: SessionDep, asked: Annotated[ChangesAsked, Query()]) -> ChangesRead:
    """Every change of published content in one order, with what was removed.

    Ask again with the `cursor` of the last answer: no change is left out and none comes twice. Keep a copy by reading
    each thing named anew, and by removing what is `deleted`.
    """
    return await usecases.list_changes(session, asked)
