"""The mail with which somebody is invited."""

from datetime import datetime

from app.accounts.mail import Mail
from app.kit.clock import BUSINESS_ZONE


def invitation_mail(
    to: str, organisation_zh: str, organisation_en: str | None, token: str, expires_at: datetime
) -> Mail:
    """Return the mail that holds the token, which stands nowhere else; the time is told as in Shanghai."""
    until = expires_at.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M")
    # The name comes from a user: it must not begin a header line of its own.
    name = " ".join(organisation_zh.split())
    return Mail(
        to=to,
        subject=f"邀请您加入“{name}” Invitation to an organisation",
        text=(
            f"您被邀请加入“{name}”。请用此邮箱的账户登录，然后用下面的令牌接受邀请"
            f"（POST /v1/invitations/accept），{until}（北京时间）前有效。\n\n"
            f"You are invited to join {organisation_en or name}. Sign in with the account of this address, then "
            f"accept with this token (POST /v1/invitations/accept) until {until} (Asia/Shanghai).\n\n"
            f"{token}\n"
        ),
    )
