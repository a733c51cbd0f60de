"""The matching endpoint."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from app.db import ReadingSessionDep
from app.errors import BodyTooLarge, InvalidRequest, UndecodableBody, problems
from app.kit.clock import today
from app.kit.i18n import LangDep
from app.matching import usecases
from app.matching.schemas import MATCH_EXAMPLE, MatchRead, MatchRequest

router = APIRouter(tags=["matching"])


@router.post(
    "/matches",
    summary="Match a result to the platforms that may lawfully test it",
    responses=problems(InvalidRequest, UndecodableBody, BodyTooLarge),
)
async def match_result(
    request: Request,
    session: ReadingSessionDep,
    lang: LangDep,
    body: Annotated[MatchRequest, Body(examples=[MATCH_EXAMPLE])],
) -> MatchRead:
    """Who may run the tests that this result needs, on that date, and what is still missing?

    Every platform of the catalogue is judged for every need: `met`, `unmet` or `unknown`, each with a reason and
    the scope line, accreditation or service it rests on. A `met` carries the conditions that a careful person
    would still check. `plans` are the smallest sets of platforms that meet every must-need. Needs that are left
    out are drawn from the text and come back with their spans, to be corrected. Nothing is stored.
    """
    state = request.app.state
    return await usecases.match(session, state.search, state.snapshots, body, today=today(), lang=lang)
