"""The matching endpoint."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from app.db import ReadingSessionDep
from app.errors import BodyTooLarge, InvalidRequest, UndecodableBody, problems
from app.kit.clock import today
from app.kit.i18n import LangDep
from app.matching import usecases
from app.matching.draw_usecases import draw_needs_of_text
from app.matching.schemas import MATCH_EXAMPLE, DrawRead, DrawRequest, MatchRead, MatchRequest

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


@router.post(
    "/needs/draw",
    summary="从文字中提取需求 Draw needs from a text",
    responses=problems(InvalidRequest, UndecodableBody, BodyTooLarge),
)
async def draw_needs(
    request: Request, session: ReadingSessionDep, lang: LangDep, body: DrawRequest
) -> DrawRead:
    """Which tests does this text ask for? A proposal: the researcher confirms or corrects it.

    Every need has the spans of the text it rests on, how sure it is, and what else the same words may mean.
    Nothing is stored and nothing judged.
    """
    return await draw_needs_of_text(session, request.app.state.snapshots, body, today=today(), lang=lang)
