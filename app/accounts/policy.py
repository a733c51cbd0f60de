"""Who may do what with accounts, sessions and API keys. A key manages no account, not even its own."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.errors import ApiKeyNotFound
from app.auth.rules import Row, TargetKind
from app.auth.scopes import KeyUse
from app.auth.who import Target, Who
from app.kit.i18n import Localized
from app.models.base import metadata

_KEY = metadata.tables["api_key"].c


async def _load_api_key(session: AsyncSession, path: Mapping[str, str]) -> Target | None:
    try:
        uid = uuid.UUID(path["key_id"])
    except ValueError:
        return None
    person_id = await session.scalar(select(_KEY.person_id).where(_KEY.uid == uid))
    return None if person_id is None else Target(person_id=person_id)


API_KEY = TargetKind(Localized(zh="API 密钥", en="API key"), _load_api_key, ApiKeyNotFound)

_OPEN = (
    "register_account",
    "confirm_account",
    "create_session",
    "refresh_session",
    "end_session",
    "request_password_reset",
    "complete_password_reset",
)
"""What one does before one is signed in, or with a token of its own."""

ROWS = (
    *(Row(operation, (Who.ANYONE,)) for operation in _OPEN),
    Row("get_me", (Who.SIGNED_IN,), key=KeyUse.ANY),
    Row("update_me", (Who.SIGNED_IN,)),
    Row("change_password", (Who.SIGNED_IN,)),
    Row("create_api_key", (Who.SIGNED_IN,)),
    Row("list_api_keys", (Who.SIGNED_IN,)),
    Row("revoke_api_key", (Who.SELF,), API_KEY),
)
