"""Refusals for who asks."""

from app.errors import Forbidden
from app.kit.i18n import Localized


class SessionRequired(Forbidden):
    """An API key was sent where only a person may act."""

    code = "session-required"
    title = Localized(
        zh="此操作不接受 API 密钥，请使用登录会话", en="No API key may do this; sign in as a person"
    )
