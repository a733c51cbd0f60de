"""Errors of webhooks."""

from app.errors import Conflict, NotFound
from app.kit.i18n import Localized


class WebhookNotFound(NotFound):
    """No webhook that one manages has this id."""

    code = "webhook-not-found"
    title = Localized(zh="没有这个 webhook", en="There is no such webhook")


class DeliveryNotFound(NotFound):
    """The webhook has no such delivery, or it is no longer kept."""

    code = "webhook-delivery-not-found"
    title = Localized(
        zh="没有这次投递，或记录已过期删除", en="There is no such delivery, or it is no longer kept"
    )


class TooManyWebhooks(Conflict):
    """The owner has as many webhooks as are allowed."""

    code = "too-many-webhooks"
    title = Localized(
        zh="webhook 数量已达上限，请先删除不用的", en="No more webhooks are allowed; delete one first"
    )
