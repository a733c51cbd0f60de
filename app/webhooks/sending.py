"""Sending one message to an address that is not trusted: where it leads is checked, and nothing it says is followed.

The connection goes to the very address that was checked: the name is resolved once, and the server's certificate
and the Host header still go by the name.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpcore
import httpx

from app.webhooks.rules import is_success, printable
from app.webhooks.targets import is_public

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
_ANSWER_SECONDS = 2.0
_ANSWER_BYTES = 2048
_RESOLVING_AT_ONCE = 16
_ERROR_CHARACTERS = 300
_CONNECT_ADDRESSES = 3

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the IP addresses of a name, for a port. Raises OSError."""


class TargetRefused(Exception):
    """The name leads to an address that is not public."""


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt: a status, or the error that kept an answer away."""

    status: int | None
    error: str | None
    answer: str | None
    duration_ms: int


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self, resolve: Resolver, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the method of the library has it)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the name; one address that is not public is reason enough not to."""
        async with asyncio.timeout(timeout):
            addresses = await self._resolve(host, port)
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise TargetRefused(host)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses[:_CONNECT_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 (the method of the library has it)
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no webhook leads to a socket of this machine."""
        raise TargetRefused(path)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Sender:
    """Posts messages, each on a connection of its own; made by `open_sender`."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, *, total_seconds: float) -> None:
        self._pool = pool
        self._total_seconds = total_seconds

    async def post(self, url: str, headers: Mapping[str, str], body: str) -> Outcome:
        """Send `body` and tell what came of it; whatever fails is in the outcome."""
        began = time.monotonic()
        status, error, answer = None, None, None
        try:
            async with asyncio.timeout(self._total_seconds):
                status, answer = await self._exchange(url, headers, body)
        except TargetRefused:
            error = "the name leads to an address that is not public"
        except TimeoutError:
            error = f"no answer within {self._total_seconds:g} s"
        # What a server that is not trusted makes of the exchange, any of the layers below may trip over.
        except Exception as failure:  # noqa: BLE001
            error = f"{type(failure).__name__}: {failure}"[:_ERROR_CHARACTERS]
        return Outcome(status, error, answer, round((time.monotonic() - began) * 1000))

    async def _exchange(self, url: str, headers: Mapping[str, str], body: str) -> tuple[int, str | None]:
        parsed = httpx.URL(url)
        target = httpcore.URL(
            scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path
        )
        timeouts = dict.fromkeys(("read", "write", "pool"), self._total_seconds)
        async with self._pool.stream(
            "POST",
            target,
            headers=[(name, value) for name, value in headers.items()],
            content=body.encode(),
            extensions={"timeout": {**timeouts, "connect": CONNECT_SECONDS}},
        ) as response:
            answer = None if is_success(response.status) else printable(await _beginning(response))
            return response.status, answer


async def _beginning(response: httpcore.Response) -> bytes:
    """Return the first bytes of an answer, as many as come soon."""
    read = bytearray()
    with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        async with asyncio.timeout(_ANSWER_SECONDS):
            async for part in response.aiter_stream():
                read += part
                if len(read) >= _ANSWER_BYTES:
                    break
    return bytes(read[:_ANSWER_BYTES])


@asynccontextmanager
async def open_sender(
    *, allow_private: bool, resolve: Resolver | None = None, total_seconds: float = TOTAL_SECONDS
) -> AsyncIterator[Sender]:
    """Give a sender; `resolve` takes the place of the system's resolver."""
    # A pool of its own: a resolver that hangs must not keep other work of the process waiting for a thread.
    with _resolving() as executor:
        backend = GuardedBackend(resolve or partial(_of_system, executor), allow_private=allow_private)
        async with httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=0,
            network_backend=backend,
        ) as pool:
            yield Sender(pool, total_seconds=total_seconds)


@contextmanager
def _resolving() -> Iterator[ThreadPoolExecutor]:
    """Give threads that are left without waiting for what still hangs in them."""
    executor = ThreadPoolExecutor(_RESOLVING_AT_ONCE, thread_name_prefix="webhook resolver")
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


async def _of_system(executor: ThreadPoolExecutor, host: str, port: int) -> Sequence[str]:
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(executor, look_up)
    return list(dict.fromkeys(str(place[4][0]) for place in found))
