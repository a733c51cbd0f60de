"""The general limit on requests that write."""

from fastapi import Request

from app.accounts.rate_limits import counts_as_write
from app.accounts.tools import client_of
from app.auth.principal import Principal, principal_of


async def limit_writes(request: Request) -> None:
    """FastAPI dependency of every router: count requests that write, by API key, person, or network address.

    Raises TooManyRequests, and Unauthenticated for a credential that is not good.
    """
    if counts_as_write(request.method, request.scope["route"].name):
        request.app.state.rate_limits.count_write(_writer(await principal_of(request), request))


def _writer(principal: Principal, request: Request) -> str:
    if principal.api_key_id is not None:
        return f"key {principal.api_key_id}"
    if principal.person_id is not None:
        return f"person {principal.person_id}"
    return f"client {client_of(request)}"
