"""Every failure is a problem by RFC 9457, in the language asked, with pointers to what is wrong."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.api import api
from app.auth.rules import Row
from app.auth.who import Who
from app.error_handlers import json_pointer
from app.errors import AppError, Localized, NotFound, problems
from app.guards import MAX_BODY_BYTES
from app.kit.i18n import LangDep, invalid_value
from app.kit.pagination import PageParams
from app.main import create_app
from app.settings import Settings
from tests.fixtures.contract import CheckedTransport, Contract, ContractBroken


class TreeNotFound(NotFound):
    code = "tree-not-found"
    title = Localized(zh="没有这棵树", en="There is no such tree")


class TreeFilters(PageParams):
    kind: Literal["oak", "pine"] | None = None


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    length_cm: float = Field(gt=0)
    colour: str = Field(max_length=5)

    @field_validator("colour")
    @classmethod
    def _not_blue(cls, value: str) -> str:
        if value == "blue":
            raise invalid_value("blue_leaf", "叶子不能是蓝色的", "a leaf cannot be blue")
        return value


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    leaves: list[Leaf] = Field(max_length=2)


class Named(BaseModel):
    name: str


trees = APIRouter(prefix="/trees", tags=["operations"])


@trees.get("")
async def list_trees(filters: Annotated[TreeFilters, Query()]) -> Named:
    return Named(name=filters.kind or "any")


@trees.get("/broken")
async def get_broken_tree() -> Named:
    raise ZeroDivisionError


@trees.get("/{name}", responses=problems(TreeNotFound))
async def get_tree(name: str, lang: LangDep, age_years: int = 1) -> Named:
    if name == "ash":
        raise TreeNotFound(Localized(zh="没有白蜡树", en="There is no ash"))
    return Named(name=f"{name} {age_years} {lang}")


@trees.post("")
async def plant_tree(tree: Tree) -> Named:
    return Named(name=tree.name)


@pytest.fixture(scope="module")
def tree_app(settings: Settings) -> FastAPI:
    app = create_app(settings)
    router = APIRouter(
        prefix="/v1",
        dependencies=list(api.dependencies),
        responses=api.responses,  # type: ignore[arg-type]
    )
    router.include_router(trees)
    app.include_router(router)
    names = ("list_trees", "get_broken_tree", "get_tree", "plant_tree")
    app.state.policy = {name: Row(name, (Who.ANYONE,)) for name in names}
    return app


@pytest.fixture(scope="module")
async def client(tree_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = CheckedTransport(httpx.ASGITransport(app=tree_app), Contract(tree_app.openapi()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def places(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(item["pointer"], item["code"]) for item in answer.json()["errors"]]


async def test_an_error_of_ours_says_what_happened_and_where(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/trees/ash", headers={"X-Request-ID": "given-id-1"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:proving-ground:problem:tree-not-found",
        "title": "没有这棵树",
        "status": 404,
        "code": "tree-not-found",
        "detail": "没有白蜡树",
        "instance": "/v1/trees/ash",
        "request_id": "given-id-1",
        "errors": [],
    }


async def test_english_is_given_when_asked(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/trees/ash", headers={"Accept-Language": "en"})
    assert (answer.json()["title"], answer.json()["detail"]) == ("There is no such tree", "There is no ash")
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/trees/oak/leaves", "/nothing/here", "/v1/trees/"])
async def test_an_unknown_path_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/trees/oak")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"name": "\xe4"}', b"name=x"])
async def test_a_body_that_is_no_json_is_a_400(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/trees", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "undecodable-body")


async def test_a_body_that_is_not_there_is_missing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/trees")
    assert (answer.status_code, places(answer)) == (422, [("/body", "missing")])


async def test_every_wrong_place_in_a_body_has_its_pointer(client: httpx.AsyncClient) -> None:
    body = {"name": 5, "leaves": [{"length_cm": 0, "colour": "purple"}], "a/b~c": 1}
    answer = await client.post("/v1/trees", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "请求中有 4 处错误"
    assert places(answer) == [
        ("/body/name", "string_type"),
        ("/body/leaves/0/length_cm", "greater_than"),
        ("/body/leaves/0/colour", "string_too_long"),
        ("/body/a~1b~0c", "extra_forbidden"),
    ]


async def test_messages_name_the_bound_in_both_languages(client: httpx.AsyncClient) -> None:
    zh = await client.get("/v1/trees?limit=101")
    en = await client.get("/v1/trees?limit=101", headers={"Accept-Language": "en"})
    assert zh.json()["errors"] == [
        {"pointer": "/query/limit", "code": "less_than_equal", "detail": "必须不大于 100"}
    ]
    assert en.json()["errors"][0]["detail"] == "Must be at most 100"
    assert en.json()["detail"] == "The request has 1 error"


async def test_a_validators_own_message_comes_in_both_languages(client: httpx.AsyncClient) -> None:
    body = {"name": "x", "leaves": [{"length_cm": 1, "colour": "blue"}]}
    zh = await client.post("/v1/trees", json=body)
    en = await client.post("/v1/trees", json=body, headers={"Accept-Language": "en"})
    assert places(zh) == [("/body/leaves/0/colour", "blue_leaf")]
    assert zh.json()["errors"][0]["detail"] == "叶子不能是蓝色的"
    assert en.json()["errors"][0]["detail"] == "a leaf cannot be blue"


@pytest.mark.parametrize("path", ["/v1/trees", "/v1/trees/oak", "/v1/trees/ash"])
async def test_an_unknown_query_parameter_is_refused_everywhere(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"knid": "oak"})
    assert (answer.status_code, places(answer)) == (422, [("/query/knid", "extra_forbidden")])


async def test_known_parameters_pass(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/trees/oak?age_years=3")).json() == {"name": "oak 3 zh"}
    assert (await client.get("/v1/trees?kind=oak&limit=5")).json() == {"name": "oak"}


@pytest.mark.parametrize(
    ("path", "pointer"), [("/v1/trees/a%00b", "/path/name"), ("/v1/trees?kind=%00", "/query/kind")]
)
async def test_the_character_nul_is_refused(client: httpx.AsyncClient, path: str, pointer: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, places(answer)) == (422, [(pointer, "nul_character")])


async def test_an_announced_body_that_is_too_large_is_refused_unread(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/trees", content=b"x" * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_a_streamed_body_that_grows_too_large_is_refused(client: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 65536 + 1):
            yield b" " * 65536

    answer = await client.post("/v1/trees", content=parts(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_a_body_of_the_largest_size_is_read(client: httpx.AsyncClient) -> None:
    body = json.dumps({"name": "x", "leaves": []}).encode().ljust(MAX_BODY_BYTES)
    answer = await client.post("/v1/trees", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


async def test_an_unforeseen_failure_is_a_problem_without_its_cause(tree_app: FastAPI) -> None:
    transport = httpx.ASGITransport(app=tree_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as unchecked:
        answer = await unchecked.get("/v1/trees/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert "ZeroDivisionError" not in answer.text


async def test_the_client_of_the_tests_refuses_an_undeclared_status(client: httpx.AsyncClient) -> None:
    with pytest.raises(ContractBroken, match="status 500 is not declared"):
        await client.get("/v1/trees/broken")


@pytest.mark.parametrize(("given", "kept"), [("abc-123.X_9", True), ("short", False), ("a b c d e f", False)])
async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient, given: str, kept: bool) -> None:
    answer = await client.get("/v1/trees", headers={"X-Request-ID": given})
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.headers["x-request-id"]


def test_pointers_escape_as_rfc_6901_says() -> None:
    assert json_pointer(("body", "a/b", "m~n", 0)) == "/body/a~1b/m~0n/0"


def subclasses(error: type[AppError]) -> set[type[AppError]]:
    return {error}.union(*(subclasses(child) for child in error.__subclasses__()))


def test_every_error_has_a_title_in_both_languages_and_an_example() -> None:
    errors = subclasses(AppError) - {AppError}
    assert len(errors) > 8
    for error in errors:
        assert error.title.zh, error
        assert error.title.en, error
        declared: dict[Any, Any] = problems(error)
        example = declared[error.status]["content"]["application/problem+json"]["examples"][error.code]
        assert example["value"]["code"] == error.code
