"""Refusals of the accounts. None of them tells whether an address has an account."""

from app.errors import AppError, InvalidRequest, NotFound, Unauthenticated
from app.kit.i18n import Localized


class SignInFailed(Unauthenticated):
    """The address has no account that is confirmed and open, or the password is another."""

    code = "sign-in-failed"
    title = Localized(zh="邮箱或密码不正确", en="The address or the password is not right")


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, expired, revoked, or was used before."""

    code = "refresh-refused"
    title = Localized(zh="登录已失效，请重新登录", en="The session has ended; sign in again")


class MailedTokenRefused(InvalidRequest):
    """The token of a mail is unknown, expired or used, or the password with it is another."""

    code = "mailed-token-refused"
    title = Localized(zh="链接无效、已过期或已使用", en="The token is not valid, has expired or was used")


class ApiKeyNotFound(NotFound):
    """There is no such API key, or it is somebody else's."""

    code = "api-key-not-found"
    title = Localized(zh="没有这个 API 密钥", en="No such API key")


class TooManyApiKeys(AppError):
    """A person may have only so many API keys that are good."""

    status = 409
    code = "too-many-api-keys"
    title = Localized(zh="API 密钥数量已达上限", en="There are as many API keys as allowed; revoke one")
