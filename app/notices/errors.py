"""Errors of notifications."""

from app.errors import NotFound
from app.kit.i18n import Localized


class NotificationNotFound(NotFound):
    """No notification of one's own has this id."""

    code = "notification-not-found"
    title = Localized(zh="没有这条通知", en="There is no such notification")
