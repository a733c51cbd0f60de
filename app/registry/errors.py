"""Errors of the registry."""

from app.errors import NotFound
from app.kit.i18n import Localized


class PlatformNotFound(NotFound):
    """No platform has this id or slug."""

    code = "platform-not-found"
    title = Localized(zh="没有这个平台", en="There is no such platform")


class ServiceNotFound(NotFound):
    """No service has this id or slug."""

    code = "service-not-found"
    title = Localized(zh="没有这项服务", en="There is no such service")


class AccreditationNotFound(NotFound):
    """No accreditation has this id or slug."""

    code = "accreditation-not-found"
    title = Localized(zh="没有这项资质", en="There is no such accreditation")


class ScopeLineNotFound(NotFound):
    """No scope line has this id."""

    code = "scope-line-not-found"
    title = Localized(zh="没有这条能力范围", en="There is no such scope line")
