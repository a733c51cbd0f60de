"""Errors of calls."""

from app.errors import Conflict, NotFound
from app.kit.i18n import Localized


class CallNotFound(NotFound):
    """No call has this id or slug."""

    code = "call-not-found"
    title = Localized(zh="没有这项征集", en="There is no such call")


class CallSlugTaken(Conflict):
    """Another call has the slug."""

    code = "call-slug-taken"
    title = Localized(zh="该标识已被其他征集使用", en="Another call has this slug")


class FixedOnceOpen(Conflict):
    """The call is open: those who submit rely on what it says."""

    code = "fixed-once-open"
    title = Localized(
        zh="征集已开始，只能修改标题、推迟截止时间或取消",
        en="The call is open: only its title can change, it can close later, or be cancelled",
    )
