"""Search and suggestions; no account needed but for what members may read."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic_core import to_json
from starlette.responses import Response

from app.auth.principal import PrincipalDep
from app.catalogue.asked import understand
from app.catalogue.errors import MembersOnly
from app.catalogue.everything import search_everything, understand_everything
from app.catalogue.member_projects import search_for_members
from app.catalogue.params import MAX_OFFSET, ProjectSearchParams, SearchParams, SuggestParams
from app.catalogue.projects import search_projects, understand_projects
from app.catalogue.schemas import AnySearchAnswer, MemberProjectSearchAnswer, SuggestionRead, Suggestions
from app.catalogue.suggest import CompletionsCache
from app.catalogue.usecases import Searcher, search
from app.errors import InvalidCursor, InvalidRequest, SearchUnavailable, Unavailable, problems
from app.kit.clock import today
from app.kit.i18n import LangDep
from app.kit.pagination import decode_cursor, encode_cursor, fingerprint
from app.vocabulary.names import NamesDep

router = APIRouter(tags=["search"])


@router.get(
    "/search",
    summary="检索服务、平台与项目 Search services, platforms and projects",
    response_model=AnySearchAnswer,
    responses=problems(InvalidRequest, InvalidCursor, Unavailable, SearchUnavailable),
)
async def search_catalogue(
    request: Request, names: NamesDep, lang: LangDep, params: Annotated[SearchParams, Query()]
) -> Response:
    """Words, filters, facets and orders over the published catalogue.

    A standard number in any spelling inside `q` is recognised and matched exactly. A facet is counted without
    its own filter, so that it shows what else could be chosen. The cursor is a position in the order.
    `index=all` searches every kind at once and groups the hits by it.
    """
    offset = _offset(params)
    state = request.app.state
    tools = Searcher(engine=state.search, new_session=state.new_session, names=names, lang=lang)
    match params.index:
        case "all":
            everything = understand_everything(params, names, today())
            answer = await search_everything(tools, everything, limit=params.limit)
        case "projects":
            projects = understand_projects(params, names)
            answer = await search_projects(tools, projects, offset=offset, limit=params.limit)
            _add_cursor(answer, params, offset)
        case _:
            asked = understand(params, names, today())
            answer = await search(tools, asked, offset=offset, limit=params.limit)
            _add_cursor(answer, params, offset)
    # The hot path: the answer is plain JSON values already, and tests hold it to the declared model.
    return Response(to_json(answer), media_type="application/json")


def _add_cursor(answer: dict[str, Any], params: SearchParams | ProjectSearchParams, offset: int) -> None:
    after = offset + len(answer["hits"])
    has_more = bool(answer["hits"]) and after < answer["total"] and after <= MAX_OFFSET
    answer["next_cursor"] = encode_cursor([after], _fingerprint(params)) if has_more else None


def _offset(params: SearchParams | ProjectSearchParams) -> int:
    """Raises InvalidCursor."""
    if params.cursor is None:
        return 0
    [offset] = decode_cursor(params.cursor, _fingerprint(params), [int])
    if not 0 < offset <= MAX_OFFSET:
        raise InvalidCursor
    return int(offset)


def _fingerprint(params: SearchParams | ProjectSearchParams) -> str:
    query: dict[str, Any] = params.model_dump(mode="json", exclude={"cursor", "limit"})
    return fingerprint(query)


@router.get(
    "/search/projects",
    summary="会员检索项目 Search projects by what members may read",
    response_model=MemberProjectSearchAnswer,
    responses=problems(InvalidRequest, InvalidCursor, MembersOnly, Unavailable, SearchUnavailable),
)
async def search_projects_as_member(
    request: Request,
    principal: PrincipalDep,
    names: NamesDep,
    lang: LangDep,
    params: Annotated[ProjectSearchParams, Query()],
) -> Response:
    """Search abstracts, needs and evidence too, by people of organisations with a published platform.

    Every hit is a reading of what is confidential in it, and is written into the access log that its owner reads.
    """
    offset = _offset(params)
    state = request.app.state
    tools = Searcher(engine=state.search, new_session=state.new_session, names=names, lang=lang)
    asked = understand_projects(params, names)
    answer = await search_for_members(
        tools, principal, asked, offset=offset, limit=params.limit, now=state.clock()
    )
    _add_cursor(answer, params, offset)
    return Response(to_json(answer), media_type="application/json")


@router.get("/suggest", summary="输入提示 Suggest while typing")
async def suggest_completions(
    request: Request, names: NamesDep, params: Annotated[SuggestParams, Query()]
) -> Suggestions:
    """Completions by beginning, from within, by pinyin and by initials; standard numbers in any spelling."""
    state = request.app.state
    if not hasattr(state, "completions"):
        state.completions = CompletionsCache(state.new_session)
    cache: CompletionsCache = state.completions
    found = (await cache.get(names.version)).suggest(params.q, params.limit)
    return Suggestions(
        items=[
            SuggestionRead.model_validate({"text": each.text, "kind": each.kind, "code": each.code})
            for each in found
        ]
    )
