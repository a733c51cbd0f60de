"""Errors of the catalogue."""

from app.errors import Forbidden
from app.kit.i18n import Localized


class MembersOnly(Forbidden):
    """Only people of organisations with a published platform may do this."""

    code = "members-only"
    title = Localized(
        zh="只有已发布平台运营机构的成员可以检索",
        en="Only people of organisations with a published platform can search this",
    )
