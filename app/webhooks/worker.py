"""Sending what is due, side by side: a webhook that is slow keeps no other waiting."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from secrets import SystemRandom

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.auth.token_key import TokenKey
from app.db import SessionFactory, writing
from app.kit.clock import utcnow
from app.settings import Settings
from app.webhooks import delivery, queries
from app.webhooks.rules import KEPT_FOR
from app.webhooks.sending import Outcome, Sender, open_sender
from app.webhooks.signing import Cipher, SecretUnreadable, headers_of, message_id

LOOK_SECONDS = 0.5
_AFTER_FAILURE_SECONDS = 5.0
_UNREADABLE = Outcome(None, "the secret cannot be read any more: rotate it", None, 0)

log = structlog.get_logger(__name__)


class Deliverer:
    """Sends deliveries that are due; it may be one of several, in several processes."""

    def __init__(
        self,
        new_session: SessionFactory,
        sender: Sender,
        cipher: Callable[[], Cipher],
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._new_session = new_session
        self._sender = sender
        self._cipher = cipher
        self._clock = clock
        self._chance = SystemRandom().random
        self._under_way: set[asyncio.Task[None]] = set()

    async def start_due(self) -> int:
        """Begin to send what is due and there is room for; return how many."""
        room = delivery.AT_ONCE - len(self._under_way)
        if room <= 0:
            return 0
        now = self._clock()
        async with self._new_session() as session:
            if not await queries.has_due(session, now):
                return 0
        async with writing(self._new_session) as session:
            tasks = await delivery.claim(session, now=now, most=room)
        for each in tasks:
            sending = asyncio.create_task(self._deliver(each))
            self._under_way.add(sending)
            sending.add_done_callback(self._under_way.discard)
        return len(tasks)

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until one that is under way has ended, or so long."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        elif seconds is not None:
            await asyncio.sleep(seconds)

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await self.wait()

    async def abandon(self) -> None:
        """Let go of what is under way: it is sent again when its claim has ended."""
        for each in self._under_way:
            each.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _deliver(self, task: delivery.Task) -> None:
        outcome = await self._send(task)
        try:
            async with writing(self._new_session) as session:
                await delivery.note(session, task, outcome, now=self._clock(), chance=self._chance())
        except (SQLAlchemyError, OSError) as error:
            # It is sent again when the claim has ended.
            log.warning("the outcome of a delivery could not be kept", error=str(error))

    async def _send(self, task: delivery.Task) -> Outcome:
        try:
            secrets = [self._cipher().decipher(secret) for secret in task.secrets]
        except SecretUnreadable:
            return _UNREADABLE
        message = message_id(task.event_uid)
        headers = headers_of(message, task.body, secrets, self._clock())
        return await self._sender.post(task.url, headers, task.body)


async def deliver_webhooks(new_session: SessionFactory, settings: Settings) -> None:
    """Deliver until cancelled."""
    key = TokenKey(settings)
    async with open_sender(allow_private=settings.webhooks_allow_private) as sender:
        deliverer = Deliverer(new_session, sender, lambda: Cipher(key.get()))
        try:
            while True:
                await _step(deliverer)
        finally:
            await deliverer.abandon()


async def _step(deliverer: Deliverer) -> None:
    try:
        started = await deliverer.start_due()
    except (SQLAlchemyError, OSError) as error:
        log.warning("webhooks could not be delivered", error=str(error))
        await asyncio.sleep(_AFTER_FAILURE_SECONDS)
        return
    await deliverer.wait(0.0 if started else LOOK_SECONDS)


async def forget_old_deliveries(new_session: SessionFactory, now: datetime) -> None:
    """Delete what has been kept long enough."""
    async with writing(new_session) as session:
        await queries.forget_deliveries(session, now - KEPT_FOR)
