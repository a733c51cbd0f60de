"""Errors of listing."""

from app.errors import WrongState
from app.kit.i18n import Localized


class RevisionUnderReview(WrongState):
    """The newest revision is with the department, or the platform is retired: it cannot be edited."""

    code = "revision-under-review"
    title = Localized(
        zh="当前修订正在审核或平台已退出，暂不能修改；可先撤回提交",
        en="The revision is under review or the platform is retired; withdraw the submission to edit it",
    )
