"""Errors of releases."""

from app.errors import Forbidden, NotFound
from app.kit.i18n import Localized


class ReleaseNotFound(NotFound):
    """There is no edition of this number."""

    code = "release-not-found"
    title = Localized(zh="没有这一期目录清单", en="There is no such edition")


class NotCompetent(Forbidden):
    """A department would release what another one decides about."""

    code = "not-competent"
    title = Localized(
        zh="只能发布本部门主管的平台类型和本行政区域的目录清单",
        en="A department releases only the kinds of platform and the region that it is competent for",
    )
