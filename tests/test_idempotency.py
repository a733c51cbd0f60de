"""A POST that is sent again does nothing again: on real connections, at once, after failures, for each caller."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app import idempotency
from app.auth.principal import ANONYMOUS, Principal, principal_of
from app.db import SessionDep, make_session_factory
from app.error_handlers import install_error_handlers
from app.errors import Conflict
from app.idempotency import IdempotentRoute, forget_expired
from app.kit.clock import utcnow
from app.models import IdempotencyRecord

KEY = {"Idempotency-Key": "a-key"}
router = APIRouter(route_class=IdempotentRoute)


class Note(BaseModel):
    text: str
    seconds: float = 0.0


@router.post("/notes", status_code=201)
async def create_note(session: SessionDep, note: Note, response: Response) -> dict[str, str]:
    await session.execute(text("INSERT INTO note VALUES (:text)"), {"text": note.text})
    await asyncio.sleep(note.seconds)
    response.headers["Location"] = "/notes/1"
    return {"text": note.text, "made": str(uuid4())}


@router.post("/failures")
async def fail(session: SessionDep, request: Request) -> None:
    await session.execute(text("INSERT INTO note VALUES ('never')"))
    request.app.state.failures += 1
    raise Conflict


@router.post("/streams")
async def stream(session: SessionDep) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"part"

    return StreamingResponse(parts())


@router.post("/empty", status_code=204)
async def make_nothing(session: SessionDep) -> None:
    await session.execute(text("INSERT INTO note VALUES ('empty')"))


@pytest.fixture
async def engine(own_engine: AsyncEngine) -> AsyncEngine:
    async with own_engine.begin() as connection:
        await connection.execute(text("CREATE TABLE note (text VARCHAR(100))"))
    return own_engine


@pytest.fixture
def app(engine: AsyncEngine) -> FastAPI:
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(router)
    app.state.new_session = make_session_factory(engine)
    app.state.clock = utcnow
    app.state.failures = 0
    app.dependency_overrides[principal_of] = lambda: ANONYMOUS
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.fixture
async def session(app: FastAPI) -> AsyncIterator[AsyncSession]:
    async with app.state.new_session() as session:
        yield session


def returning(caller: Principal) -> Callable[[], Principal]:
    return lambda: caller


async def notes(session: AsyncSession) -> list[str]:
    found = sorted((await session.scalars(text("SELECT text FROM note"))).all())
    await session.rollback()
    return found


async def test_a_repeated_request_gets_the_same_answer_and_is_done_once(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    first = await client.post("/notes", json={"text": "a"}, headers=KEY)
    again = await client.post("/notes", json={"text": "a"}, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["location"] == first.headers["location"] == "/notes/1"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await notes(session) == ["a"]


async def test_without_a_key_each_request_is_done(client: httpx.AsyncClient, session: AsyncSession) -> None:
    for _ in range(2):
        await client.post("/notes", json={"text": "a"})
    assert await notes(session) == ["a", "a"]


async def test_an_empty_answer_is_repeated_too(client: httpx.AsyncClient, session: AsyncSession) -> None:
    answers = [await client.post("/empty", headers=KEY) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert await notes(session) == ["empty"]


@pytest.mark.parametrize(
    ("path", "body"), [("/notes", {"text": "b"}), ("/notes?x=1", {"text": "a"}), ("/empty", {"text": "a"})]
)
async def test_another_request_with_the_key_is_refused(
    client: httpx.AsyncClient, session: AsyncSession, path: str, body: dict[str, str]
) -> None:
    await client.post("/notes", json={"text": "a"}, headers=KEY)
    answer = await client.post(path, json=body, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert await notes(session) == ["a"]


async def test_each_person_and_each_api_key_has_keys_of_its_own(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    one, other = UUID(int=1), UUID(int=2)
    callers = [
        ANONYMOUS,
        Principal(person_id=1, person_uid=one),
        Principal(person_id=2, person_uid=other),
        Principal(person_id=2, person_uid=other, api_key_id=1),
    ]
    for number, caller in enumerate(callers):
        app.dependency_overrides[principal_of] = returning(caller)
        answer = await client.post("/notes", json={"text": str(number)}, headers=KEY)
        assert answer.status_code == 201
    assert await notes(session) == ["0", "1", "2", "3"]


async def test_a_request_that_failed_may_be_sent_again(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    for _ in range(2):
        assert (await client.post("/failures", headers=KEY)).status_code == 409
    assert (await client.post("/notes", json={"nothing": 1}, headers=KEY)).status_code == 422
    assert app.state.failures == 2
    assert (await client.post("/notes", json={"text": "a"}, headers=KEY)).status_code == 201
    assert await notes(session) == ["a"]


async def test_a_stream_is_not_kept(client: httpx.AsyncClient, session: AsyncSession) -> None:
    for _ in range(2):
        answer = await client.post("/streams", headers=KEY)
        assert (answer.content, "idempotency-replayed" in answer.headers) == (b"part", False)


async def test_an_unusable_key_is_refused(client: httpx.AsyncClient, session: AsyncSession) -> None:
    answer = await client.post("/notes", json={"text": "a"}, headers={"Idempotency-Key": "a b"})
    assert answer.json()["errors"][0]["pointer"] == "/header/idempotency-key"
    assert await notes(session) == []


async def test_of_many_at_once_one_is_done_and_all_get_its_answer(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    body = {"text": "a", "seconds": 0.2}
    answers = await asyncio.gather(*(client.post("/notes", json=body, headers=KEY) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sorted("idempotency-replayed" in answer.headers for answer in answers) == [False] + [True] * 5
    assert await notes(session) == ["a"]


async def test_other_keys_do_not_wait_on_postgresql(
    database_kind: str, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    if database_kind == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    slow = asyncio.create_task(client.post("/notes", json={"text": "a", "seconds": 1.0}, headers=KEY))
    await asyncio.sleep(0.2)
    await client.post("/notes", json={"text": "b"}, headers={"Idempotency-Key": "other"})
    assert not slow.done()
    await slow


async def test_who_waits_too_long_is_told_to_come_back(
    database_kind: str, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_kind == "sqlite":
        pytest.skip("on SQLite the wait is that of the one write lock")
    monkeypatch.setattr(idempotency, "_WAIT_SECONDS", 1)
    body = {"text": "a", "seconds": 3.0}
    slow = asyncio.create_task(client.post("/notes", json=body, headers=KEY))
    await asyncio.sleep(0.3)
    answer = await client.post("/notes", json=body, headers=KEY)
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")
    assert answer.json()["code"] == "request-in-progress"
    assert (await slow).status_code == 201


async def test_after_a_day_the_key_is_free_again(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    now = utcnow()

    def at(moment: datetime) -> None:
        app.state.clock = lambda: moment

    made = []
    for later in (timedelta(), timedelta(hours=23, minutes=59), timedelta(hours=24, seconds=1)):
        at(now + later)
        made.append((await client.post("/notes", json={"text": "a"}, headers=KEY)).json()["made"])
    assert made[0] == made[1] != made[2]
    assert await forget_expired(session, now + timedelta(hours=47)) == 0
    assert await forget_expired(session, now + timedelta(hours=49)) == 1
    assert await session.scalar(select(func.count()).select_from(IdempotencyRecord)) == 0
