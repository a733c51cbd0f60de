"""A small server on loopback that takes webhooks, and can be as bad as receivers are."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Reply:
    """`until` keeps the answer back; with `cut` the connection ends after so many bytes of it."""

    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    until: asyncio.Event | None = None
    cut: int | None = None


class Receiver:
    """Answers 204 unless a path was told otherwise with `replies`."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.replies: dict[str, Reply | Callable[[Received], Reply]] = {}
        self.arrived = asyncio.Event()
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for each in self._open:
            each.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Received]:
        return [each for each in self.received if each.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._answer(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            received = Received(head[0].split(" ")[1], headers, body.decode())
            self.received.append(received)
            self.arrived.set()
            chosen = self.replies.get(received.path, Reply())
            reply = chosen if isinstance(chosen, Reply) else chosen(received)
            if reply.until is not None:
                await reply.until.wait()
            lines = [f"HTTP/1.1 {reply.status} x", f"content-length: {len(reply.body)}"]
            lines += [f"{name}: {value}" for name, value in reply.headers.items()]
            whole = ("\r\n".join(lines) + "\r\n\r\n").encode() + reply.body
            writer.write(whole[: reply.cut])
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the sender has gone
        finally:
            writer.close()
