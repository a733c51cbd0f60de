"""Errors of membership."""

from app.errors import Conflict, Forbidden, NotFound
from app.kit.i18n import Localized


class OrganisationNotFound(NotFound):
    """No organisation that may be seen has this id or slug."""

    code = "organisation-not-found"
    title = Localized(zh="没有这个机构", en="There is no such organisation")


class MemberNotFound(NotFound):
    """This person is no member of the organisation."""

    code = "member-not-found"
    title = Localized(zh="机构中没有这位成员", en="The organisation has no such member")


class InvitationNotFound(NotFound):
    """There is no such invitation, or its token is wrong."""

    code = "invitation-not-found"
    title = Localized(zh="没有这份邀请", en="There is no such invitation")


class DepartmentMemberNotFound(NotFound):
    """No duty in a department has this id."""

    code = "department-member-not-found"
    title = Localized(zh="没有这项主管部门职责", en="There is no such duty in a department")


class ExpertNotFound(NotFound):
    """This person is no expert."""

    code = "expert-not-found"
    title = Localized(zh="没有这位专家", en="There is no such expert")


class InvitationForAnother(Forbidden):
    """The invitation was sent to another address than that of the account."""

    code = "invitation-for-another"
    title = Localized(
        zh="邀请发给了另一个邮箱，请用受邀邮箱的账户登录",
        en="The invitation went to another address; sign in with the account of that address",
    )


class OrganisationExists(Conflict):
    """Another organisation has this slug or unified social credit code."""

    code = "organisation-exists"
    title = Localized(
        zh="已有机构使用这个标识或统一社会信用代码",
        en="Another organisation has this slug or unified social credit code",
    )


class LastOwner(Conflict):
    """Without this owner nobody could manage the organisation."""

    code = "last-owner"
    title = Localized(
        zh="机构必须至少有一名所有者；请先指定另一名所有者",
        en="An organisation needs an owner; make another member an owner first",
    )


class AlreadyMember(Conflict):
    """The address already belongs to a member."""

    code = "already-member"
    title = Localized(zh="这个邮箱的用户已是成员", en="The user of this address is a member already")


class DutyExists(Conflict):
    """The person has this duty already."""

    code = "duty-exists"
    title = Localized(zh="此人已有这项职责", en="The person has this duty already")


class InvitationOver(Conflict):
    """The invitation was accepted by somebody or has expired."""

    code = "invitation-over"
    title = Localized(
        zh="邀请已被使用或已过期，请联系邀请人重新发送",
        en="The invitation was used or has expired; ask for a new one",
    )


class IdentityIsPublic(Conflict):
    """The organisation is shown with published platforms: names and codes change by the department only."""

    code = "identity-is-public"
    title = Localized(
        zh="该机构已随发布的平台公开，名称、代码、类型和地区须由主管部门修改",
        en="The organisation is shown with published platforms; only the competent department changes its identity",
    )


class OrganisationInUse(Conflict):
    """The organisation runs platforms that are not retired."""

    code = "organisation-in-use"
    title = Localized(
        zh="该机构仍在运营平台，请先退出或移交这些平台",
        en="The organisation still runs platforms; retire them or hand them over first",
    )
