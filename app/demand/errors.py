"""Errors of demand."""

from app.errors import Forbidden
from app.kit.i18n import Localized


class DepartmentsOnly(Forbidden):
    """Only members of a department may ask what nobody meets in its region."""

    code = "departments-only"
    title = Localized(zh="只有主管部门成员可以查看", en="Only members of a department may see this")
