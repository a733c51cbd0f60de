"""Errors of listing."""

from app.errors import Conflict, NotFound, WrongState
from app.kit.i18n import Localized


class RevisionUnderReview(WrongState):
    """The newest revision is with the department, or the platform is retired: it cannot be edited."""

    code = "revision-under-review"
    title = Localized(
        zh="当前修订正在审核或平台已退出，暂不能修改；可先撤回提交",
        en="The revision is under review or the platform is retired; withdraw the submission to edit it",
    )


class ItemNotFound(NotFound):
    """The draft has no such item."""

    code = "draft-item-not-found"
    title = Localized(zh="草稿中没有这一项", en="The draft has no such item")


class NoDraft(WrongState):
    """The platform stands as it is published: there is nothing to discard."""

    code = "no-draft"
    title = Localized(zh="没有未发布的修改", en="There are no unpublished changes")


class SlugTaken(Conflict):
    """Another platform has the slug."""

    code = "slug-taken"
    title = Localized(zh="该标识已被其他平台使用", en="Another platform has this slug")


class ScopeLineExists(Conflict):
    """The accreditation has a line of the same natural key that says something else, or is being imported."""

    code = "scope-line-exists"
    title = Localized(
        zh="同一资质下已有这条能力范围，但内容不同或正在导入；请修改已有的一条",
        en="The accreditation has this line with other content, or it is being imported; edit that one",
    )
