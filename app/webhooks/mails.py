"""The mail that tells of a webhook that was disabled."""

from app.kit.i18n import Localized
from app.notices import Letter


def disabled_letter(host: str, reason: Localized) -> Letter:
    """Return the mail to the owners; `host` is that of the webhook's address."""
    return Letter(
        subject="Webhook 已停用 A webhook was disabled",
        text=(
            f"发往 {host} 的 webhook 已停用，原因：{reason.zh}。修复后请重新启用（POST /v1/webhooks/{{id}}/enable），"
            "停用期间的事件不会补发。\n\n"
            f"The webhook to {host} was disabled: {reason.in_lang('en')}. Enable it again when it is mended "
            "(POST /v1/webhooks/{id}/enable); what happened meanwhile is not sent later.\n"
        ),
    )
