"""A client as a platform's own system would write it: signs in, sends, and says clearly what was answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

Mailbox = Callable[[str], Awaitable[str]]
"""Gives the token in the newest mail to an address."""

FINISHED = frozenset({"done", "failed", "cancelled"})


@dataclass
class Api:
    """One person's view of the API."""

    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def send(
        self, method: str, path: str, *, expect: int | None = None, **options: Any
    ) -> httpx.Response:
        """Send a request; AssertionError with the whole answer when it is another than expected."""
        headers = {**self.headers, **options.pop("headers", {})}
        answer = await self.client.request(method, f"/v1{path}", headers=headers, **options)
        good = answer.status_code == expect if expect is not None else answer.is_success
        assert good, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    async def get(self, path: str, **params: Any) -> Any:
        return (await self.send("GET", path, params=params)).json()

    async def post(self, path: str, body: Mapping[str, Any] | None = None, **options: Any) -> Any:
        answer = await self.send("POST", path, json=body, **options)
        return answer.json() if answer.content else None

    async def edit(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, read: str = ""
    ) -> Any:
        """Read the version first, as every edit must, then send it; `read` names another place to read it from."""
        seen = await self.send("GET", read or path)
        answer = await self.send(method, path, json=body, headers={"If-Match": seen.headers["ETag"]})
        return answer.json() if answer.content else None

    async def finished(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Poll a job as `Retry-After` says, until it has ended."""
        while True:
            answer = await self.send("GET", f"/jobs/{job['id']}")
            state: dict[str, Any] = answer.json()
            if state["state"] in FINISHED:
                return state
            await asyncio.sleep(min(1.0, float(answer.headers.get("Retry-After", "1"))))


async def signed_up(client: httpx.AsyncClient, mailbox: Mailbox, email: str, name: str) -> Api:
    """Register, confirm the address with the mail, and sign in."""
    api = Api(client)
    password = f"{name}的长口令-{email}"
    await api.post("/accounts", {"email": email, "name": name, "password": password})
    await api.post("/accounts/confirm", {"token": await mailbox(email), "password": password})
    return await signed_in(client, email, password)


async def signed_in(client: httpx.AsyncClient, email: str, password: str) -> Api:
    session = await Api(client).post("/sessions", {"email": email, "password": password})
    return Api(client, {"Authorization": f"Bearer {session['access_token']}"})


async def within(seconds: float, what: str, look: Callable[[], Awaitable[bool]]) -> float:
    """Look until it is so; return after how many seconds it was. AssertionError when it takes longer."""
    started = time.monotonic()
    while not await look():
        assert time.monotonic() - started < seconds, f"{what}: not within {seconds} s"
        await asyncio.sleep(0.05)
    return time.monotonic() - started
