"""Sending to receivers that fail, hang, redirect and lie about where they are."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from app.webhooks.sending import Outcome, Resolver, open_sender
from tests.webhooks.receiver import Receiver, Reply

HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


def resolving(*answers: Sequence[str]) -> tuple[Resolver, list[str]]:
    """A resolver that gives the answers one after the other, and the names that it was asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    return resolve, asked


async def sent(url: str, *, total_seconds: float = 5.0) -> Outcome:
    async with open_sender(allow_private=True, total_seconds=total_seconds) as sender:
        return await sender.post(url, HEADERS, '{"a":"中"}')


async def test_a_good_receiver_gets_the_body_as_it_was_signed(receiver: Receiver) -> None:
    outcome = await sent(receiver.url("/hook?a=b"))
    assert (outcome.status, outcome.error, outcome.answer) == (204, None, None)
    (got,) = receiver.received
    assert (got.path, got.body, got.headers["webhook-id"]) == ("/hook?a=b", '{"a":"中"}', "msg_1")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_receivers_that_are_not_good_are_told_apart(receiver: Receiver) -> None:
    away = receiver.url("/elsewhere")
    receiver.replies = {
        "/redirects": Reply(302, headers={"location": away}),
        "/keeps": Reply(308, headers={"location": away}),
        "/gone": Reply(410, b"no \x07more"),
        "/fails": Reply(500, b"x" * 100_000),
        "/hangs": Reply(until=asyncio.Event()),
        "/cuts": Reply(200, b"x", cut=9),
        "/lies": Reply(200, headers={"nonsense\x00": "1"}),
        "/half": Reply(503, b"long answer", cut=-4),
    }
    outcomes = {path: await sent(receiver.url(path), total_seconds=0.3) for path in receiver.replies}
    assert {path: outcome.status for path, outcome in outcomes.items()} == {
        "/redirects": 302,
        "/keeps": 308,
        "/gone": 410,
        "/fails": 500,
        "/hangs": None,
        "/cuts": None,
        "/lies": None,
        "/half": 503,
    }
    assert receiver.at("/elsewhere") == []
    assert outcomes["/gone"].answer == "no more"
    assert outcomes["/fails"].answer == "x" * 300
    assert outcomes["/half"].answer == "long an"
    assert outcomes["/hangs"].error == "no answer within 0.3 s"
    assert outcomes["/hangs"].duration_ms >= 290
    assert all(outcome.error for path, outcome in outcomes.items() if outcome.status is None)


async def test_where_nobody_listens_or_no_name_is_the_error_says_so(receiver: Receiver) -> None:
    async with Receiver() as other:
        port = other.port
    assert "ConnectError" in ((await sent(f"http://127.0.0.1:{port}/")).error or "")

    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    async with open_sender(allow_private=True, resolve=unknown) as sender:
        outcome = await sender.post("http://hooks.example.com/", HEADERS, "{}")
    assert outcome.error == "OSError: no such name"


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["169.254.169.254"]],
)
async def test_a_name_that_leads_inside_is_refused_whatever_else_it_leads_to(
    receiver: Receiver, addresses: list[str]
) -> None:
    resolve, asked = resolving(addresses)
    async with open_sender(allow_private=False, resolve=resolve) as sender:
        outcome = await sender.post(f"http://hooks.example.com:{receiver.port}/hook", HEADERS, "{}")
    assert outcome.error == "the name leads to an address that is not public"
    assert asked == ["hooks.example.com"]
    assert receiver.connections == 0


async def test_a_name_is_resolved_once_for_each_message_and_that_address_is_used(receiver: Receiver) -> None:
    """Rebinding: whoever answers first with a good address and then with another gains nothing."""
    resolve, asked = resolving(["127.0.0.1"], ["192.0.2.1"])
    async with open_sender(allow_private=True, resolve=resolve) as sender:
        outcome = await sender.post(f"http://hooks.example.com:{receiver.port}/hook", HEADERS, "{}")
    assert (outcome.status, asked) == (204, ["hooks.example.com"])
    assert receiver.received[0].headers["host"] == f"hooks.example.com:{receiver.port}"
    resolve, asked = resolving(["127.0.0.1"], ["93.184.216.34"])
    async with open_sender(allow_private=False, resolve=resolve) as sender:
        outcome = await sender.post(f"http://hooks.example.com:{receiver.port}/hook", HEADERS, "{}")
    assert (outcome.error, asked) == (
        "the name leads to an address that is not public",
        ["hooks.example.com"],
    )


async def test_tls_goes_by_the_name_although_the_connection_goes_to_the_address() -> None:
    hello = asyncio.get_running_loop().create_future()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.set_result(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    resolve, _ = resolving(["127.0.0.1"])
    async with server, open_sender(allow_private=True, resolve=resolve) as sender:
        port = server.sockets[0].getsockname()[1]
        outcome = await sender.post(f"https://hooks.example.com:{port}/", HEADERS, "{}")
    assert outcome.status is None
    assert b"hooks.example.com" in await hello
