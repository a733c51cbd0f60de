"""Search and suggestions; no account needed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic_core import to_json
from starlette.responses import Response

from app.catalogue.asked import understand
from app.catalogue.params import MAX_OFFSET, SearchParams, SuggestParams
from app.catalogue.schemas import SearchAnswer, SuggestionRead, Suggestions
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
    summary="检索服务与平台 Search services and platforms",
    response_model=SearchAnswer,
    responses=problems(InvalidRequest, InvalidCursor, Unavailable, SearchUnavailable),
)
async def search_catalogue(
    request: Request, names: NamesDep, lang: LangDep, params: Annotated[SearchParams, Query()]
) -> Response:
    """Words, filters, facets and orders over the published catalogue.

    A standard number in any spelling inside `q` is recognised and matched exactly. A facet is counted without
    its own filter, so that it shows what else could be chosen. The cursor is a position in the order.
    """
    offset = _offset(params)
    state = request.app.state
    tools = Searcher(engine=state.search, new_session=state.new_session, names=names, lang=lang)
    asked = understand(params, names, today())
    answer = await search(tools, asked, offset=offset, limit=params.limit)
    after = offset + len(answer["hits"])
    has_more = bool(answer["hits"]) and after < answer["total"] and after <= MAX_OFFSET
    answer["next_cursor"] = encode_cursor([after], _fingerprint(params)) if has_more else None
    # The hot path: the answer is plain JSON values already, and tests hold it to the declared model.
    return Response(to_json(answer), media_type="application/json")


def _offset(params: SearchParams) -> int:
    """Raises InvalidCursor."""
    if params.cursor is None:
        return 0
    [offset] = decode_cursor(params.cursor, _fingerprint(params), [int])
    if not 0 < offset <= MAX_OFFSET:
        raise InvalidCursor
    return int(offset)


def _fingerprint(params: SearchParams) -> str:
    query: dict[str, Any] = params.model_dump(mode="json", exclude={"cursor", "limit"})
    return fingerprint(query)


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
