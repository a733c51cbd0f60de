"""Errors of the pool."""

from app.errors import Conflict, NotFound
from app.kit.i18n import Localized


class ProjectNotFound(NotFound):
    """No project has this id or slug."""

    code = "project-not-found"
    title = Localized(zh="没有这个入库项目", en="There is no such project in the pool")


class MilestoneNotFound(NotFound):
    """The project has no such milestone."""

    code = "milestone-not-found"
    title = Localized(zh="项目没有这个里程碑", en="The project has no such milestone")


class PartNotFound(NotFound):
    """No platform takes such a part in the project."""

    code = "project-platform-not-found"
    title = Localized(zh="项目没有这项平台参与", en="No platform takes such a part in the project")


class PartExists(Conflict):
    """The platform takes this part in the project already."""

    code = "project-platform-exists"
    title = Localized(zh="该平台已以此角色参与项目", en="The platform takes this part in the project already")
