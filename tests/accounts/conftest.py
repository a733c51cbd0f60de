"""Accounts with fast passwords, mails kept in memory and a clock that stands."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from app.accounts.mail import Mail
from app.accounts.rate_limits import RateLimits
from tests.fixtures.client import client_of
from tests.fixtures.contract import Contract
from tests.fixtures.passwords import CheapPasswords

EMAIL = "li@example.org"
PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


class CountedPasswords(CheapPasswords):
    """Counts what is done."""

    def __init__(self) -> None:
        super().__init__()
        self.hashed = 0
        self.verified = 0

    async def hash(self, password: str) -> str:
        self.hashed += 1
        return await super().hash(password)

    async def verify(self, password: str, stored: str | None) -> bool:
        self.verified += 1
        return await super().verify(password, stored)


class Inbox:
    """A mailer that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    def last_token(self) -> str:
        """The token of the newest mail, on the line of its own."""
        (token,) = [line for line in self.mails[-1].text.splitlines() if line.startswith("pgm_")]
        return token


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class World:
    """The application's surroundings, and a client of it."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app = app
        self.client = client
        self.passwords: CountedPasswords = app.state.passwords
        self.inbox: Inbox = app.state.mailer
        self.clock: Clock = app.state.clock

    async def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return await self.client.post(f"/v1{path}", json=body, headers=headers)

    async def register(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        """Open an account and confirm its address."""
        given = {"email": email, "name": "李工", "password": password}
        assert (await self.post("/accounts", given)).status_code == 202
        given = {"token": self.inbox.last_token(), "password": password}
        assert (await self.post("/accounts/confirm", given)).status_code == 204

    async def try_to_sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
        return await self.post("/sessions", {"email": email, "password": password})

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> dict[str, str]:
        answer = await self.try_to_sign_in(email, password)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.post("/sessions/refresh", {"refresh_token": refresh_token})

    async def me(self, credential: str) -> httpx.Response:
        return await self.client.get("/v1/me", headers=bearer(credential))


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def equip_for_tests(app: FastAPI) -> None:
    clock = Clock()
    app.state.clock = clock
    app.state.passwords = CountedPasswords()
    app.state.mailer = Inbox()
    app.state.rate_limits = RateLimits(writes_per_minute=600, clock=clock)


@pytest.fixture
async def world(app: FastAPI, contract: Contract) -> AsyncIterator[World]:
    equip_for_tests(app)
    async with client_of(app, contract) as client:
        yield World(app, client)
