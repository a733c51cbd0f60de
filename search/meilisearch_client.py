"""The HTTP side of the Meilisearch adapter: one pooled connection set, time-outs, one retry, errors, tasks.

It asks for `Accept-Encoding: identity`: compressed answers arrive in pieces that wait for a delayed
acknowledgement, about 40 ms a call (measured on v1.50).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from search.port import EngineRejected, EngineUnavailable, IndexNotReady, SearchError

LONGEST_RETRY_WAIT_SECONDS = 0.5
FIRST_POLL_SECONDS = 0.01
LONGEST_POLL_SECONDS = 0.5
FAILURES_THAT_OPEN_THE_CIRCUIT = 3
CIRCUIT_OPEN_SECONDS = 2.0
# Less than the server's 5 s, so that it does not close a connection that is about to be used.
KEEP_ALIVE_SECONDS = 4.0
OVERLOADED = (429, 503)


class CircuitBreaker:
    """After some failures in a row to reach the server, refuse at once for a while instead of waiting each time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._closed_again_at = 0.0

    def check(self) -> None:
        """Raise EngineUnavailable while the circuit is open."""
        wait = self._closed_again_at - self._clock()
        if wait > 0:
            raise EngineUnavailable("Meilisearch did not answer several times in a row", retry_after=wait)

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES_THAT_OPEN_THE_CIRCUIT:
            self._closed_again_at = self._clock() + CIRCUIT_OPEN_SECONDS


class MeilisearchClient:
    """Sends requests and waits for tasks; every failure becomes a `SearchError`.

    A request is sent again once when the connection failed or the server said that it is overloaded. Every
    request sent here may be repeated: searches only read, writes replace or delete whole documents. A time-out
    is not repeated, the caller has waited enough.
    """

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        timeout_seconds: float = 5.0,
        task_timeout_seconds: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        headers = {"Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, 1.0)),
            limits=httpx.Limits(
                max_connections=32, max_keepalive_connections=32, keepalive_expiry=KEEP_ALIVE_SECONDS
            ),
            transport=transport,
        )
        self._task_timeout = task_timeout_seconds
        self._clock = clock
        self._circuit = CircuitBreaker(clock)

    async def close(self) -> None:
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        content: bytes | None = None,
        params: Mapping[str, str | int] | None = None,
        probe: bool = False,
    ) -> Any:
        """Return the decoded answer. The body is `json`, or `content` that is JSON already.

        A `probe` is sent even while the circuit is open.

        Raises EngineUnavailable, IndexNotReady (the index is not there) or EngineRejected.
        """
        if not probe:
            self._circuit.check()
        request = self._http.build_request(method, path, json=json, content=content, params=params)
        if content is not None:
            request.headers["Content-Type"] = "application/json"
        try:
            response = await self._send_with_one_retry(request)
        except EngineUnavailable:
            self._circuit.failed()
            raise
        self._circuit.succeeded()
        return _read(response)

    async def wait_for_task(self, accepted: Mapping[str, Any]) -> None:
        """Wait until an accepted write is done.

        Raises EngineRejected with the server's reason when it failed, EngineUnavailable when it takes too long.
        """
        uid = int(accepted["taskUid"])
        deadline = self._clock() + self._task_timeout
        pause = FIRST_POLL_SECONDS
        while True:
            task = await self.request("GET", f"/tasks/{uid}")
            if task["status"] == "succeeded":
                return
            if task["status"] in ("failed", "canceled"):
                raise task_error(task)
            if self._clock() > deadline:
                raise EngineUnavailable(f"Meilisearch did not finish task {uid} in {self._task_timeout:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL_SECONDS)

    async def _send_with_one_retry(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._http.send(request)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            return await self._send(request)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        if response.status_code in OVERLOADED:
            await asyncio.sleep(min(retry_after(response) or 0.0, LONGEST_RETRY_WAIT_SECONDS))
            return await self._send(request)
        return _reached(response)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return _reached(await self._http.send(request))
        except httpx.HTTPError as error:
            raise _unreachable(error) from error


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that the server asks to wait (Meilisearch sends a number, never a date)."""
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def task_error(task: Mapping[str, Any]) -> SearchError:
    error = task.get("error") or {}
    message = (
        f"Meilisearch task {task.get('uid')} {task['status']}: {error.get('message', 'no reason given')}"
    )
    return IndexNotReady(message) if error.get("code") == "index_not_found" else EngineRejected(message)


def api_error(status: int, code: str | None, message: str) -> SearchError:
    """Return the error that an answer with a status of 400 or more stands for."""
    text = f"Meilisearch answered {status}: {message}"
    if code == "index_not_found":
        return IndexNotReady(text)
    if status in OVERLOADED or status >= 500:
        return EngineUnavailable(text)
    return EngineRejected(text)


def _unreachable(error: httpx.HTTPError) -> EngineUnavailable:
    return EngineUnavailable(f"Meilisearch cannot be reached ({type(error).__name__}: {error})")


def _reached(response: httpx.Response) -> httpx.Response:
    """Return the response unless the server is failing or overloaded, which counts as not reaching it."""
    if response.status_code in OVERLOADED or response.status_code >= 500:
        raise EngineUnavailable(
            f"Meilisearch answered {response.status_code}: {response.text[:500]}",
            retry_after=retry_after(response),
        )
    return response


def _read(response: httpx.Response) -> Any:
    try:
        body = response.json() if response.content else None
    except ValueError as error:
        if response.is_success:
            raise EngineUnavailable("Meilisearch sent an answer that is not JSON") from error
        body = None
    if response.is_success:
        return body
    details = body if isinstance(body, dict) else {}
    raise api_error(
        response.status_code, details.get("code"), str(details.get("message", response.text[:500]))
    )
