"""What the mails of the accounts say, in Chinese and English. Tokens stand on a line of their own."""

from app.accounts.mail import Mail


def confirm_address(to: str, token: str, *, hours: int) -> Mail:
    """Return the mail that proves an address is the reader's."""
    return Mail(
        to,
        "请确认您的邮箱 Confirm your address",
        f"有人用这个邮箱注册了“中试平台与概念验证中心”账户。如果是您，请在 {hours} 小时内用下面的令牌和您设置的密码"
        "确认（POST /v1/accounts/confirm）；如果不是您，不必理会。\n"
        f"Somebody registered this address at Proving Ground. If that was you, confirm it within {hours} hours "
        "with this token and the password you chose (POST /v1/accounts/confirm); if not, do nothing.\n\n"
        f"{token}\n",
    )


def already_registered(to: str) -> Mail:
    """Return the mail to somebody whose address was registered a second time."""
    return Mail(
        to,
        "您已有账户 You already have an account",
        "有人用这个邮箱再次注册，但它已有账户，什么都没有改变。忘记密码可以重置（POST /v1/password-resets）。\n"
        "Somebody registered this address again. It has an account already, and nothing was changed. "
        "A forgotten password can be reset (POST /v1/password-resets).\n",
    )


def reset_password(to: str, token: str, *, minutes: int) -> Mail:
    """Return the mail that allows a new password."""
    return Mail(
        to,
        "重置密码 Reset your password",
        f"请在 {minutes} 分钟内用下面的令牌设置新密码（POST /v1/password-resets/complete）。"
        "如果不是您要求的，不必理会。\n"
        f"Set a new password within {minutes} minutes with this token (POST /v1/password-resets/complete). "
        "If you did not ask for it, do nothing.\n\n"
        f"{token}\n",
    )


def password_changed(to: str) -> Mail:
    """Return the mail that tells of a new password."""
    return Mail(
        to,
        "密码已更改 Your password was changed",
        "您的密码已更改，所有登录会话均已结束。如果不是您所为，请立即重置密码（POST /v1/password-resets）。\n"
        "Your password was changed and every session has ended. If that was not you, reset it at once "
        "(POST /v1/password-resets).\n",
    )
