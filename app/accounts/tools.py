"""What the use cases of the accounts work with, made once per application."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request

from app.accounts.mail import Mailer
from app.accounts.passwords import Passwords
from app.accounts.rate_limits import RateLimits
from app.auth.token_key import TokenKey
from app.db import SessionFactory


@dataclass(frozen=True)
class Tools:
    """`now` is the moment of the request. `new_session` is for what must not keep a transaction open.

    A password takes 50 ms to hash; a transaction that waits for it would keep everybody else from writing.
    """

    new_session: SessionFactory
    passwords: Passwords
    mailer: Mailer
    limits: RateLimits
    token_key: TokenKey
    access_lifetime: timedelta
    refresh_lifetime: timedelta
    client: str
    now: datetime


def client_of(request: Request) -> str:
    """Return the network address that a request comes from."""
    return request.client.host if request.client else "unknown"


async def tools_of_request(request: Request) -> Tools:
    """FastAPI dependency."""
    state = request.app.state
    return Tools(
        new_session=state.new_session,
        passwords=state.passwords,
        mailer=state.mailer,
        limits=state.rate_limits,
        token_key=state.token_key,
        access_lifetime=timedelta(minutes=state.settings.access_token_minutes),
        refresh_lifetime=timedelta(days=state.settings.refresh_token_days),
        client=client_of(request),
        now=state.clock(),
    )


ToolsDep = Annotated[Tools, Depends(tools_of_request)]
