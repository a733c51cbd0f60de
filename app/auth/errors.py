"""Refusals for who asks."""

from app.errors import Forbidden
from app.kit.i18n import Localized


class SessionRequired(Forbidden):
    """An API key was sent where only a person may act."""

    code = "session-required"
    title = Localized(
        zh="此操作不接受 API 密钥，请使用登录会话", en="No API key may do this; sign in as a person"
    )


class InsufficientScope(Forbidden):
    """The API key that was sent has not the scope that this operation needs."""

    code = "insufficient-scope"
    title = Localized(zh="API 密钥缺少此操作所需的范围", en="The API key has not the scope that this needs")


class ConflictOfInterest(Forbidden):
    """A member of a department would act on what is of an organisation they are a member of."""

    code = "conflict-of-interest"
    title = Localized(
        zh="您是该机构的成员，须回避：不能审核或发布本机构的内容",
        en="You are a member of this organisation: its content must be reviewed and published by others",
    )
