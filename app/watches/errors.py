"""Errors of saved searches and matches."""

from app.errors import Conflict, NotFound
from app.kit.i18n import Localized


class WatchNotFound(NotFound):
    """No saved search or match of one's own has this id, or the link to stop it is not good."""

    code = "watch-not-found"
    title = Localized(zh="没有这个保存的检索或匹配", en="There is no such saved search or match")


class TooManyWatches(Conflict):
    """One has as many as one may."""

    code = "too-many-watches"
    title = Localized(
        zh="保存的检索和匹配已达上限，请先删除一些",
        en="You have as many saved searches and matches as one may; delete one first",
    )
