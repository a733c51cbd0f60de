"""Errors of review, of what departments decide at once, and of claims."""

from app.errors import Conflict, Forbidden, NotFound
from app.kit.i18n import Localized


class CommentNotFound(NotFound):
    """The platform has no such comment."""

    code = "comment-not-found"
    title = Localized(zh="没有这条审核意见", en="There is no such comment")


class SuspensionNotFound(NotFound):
    """The platform has no such suspension."""

    code = "suspension-not-found"
    title = Localized(zh="没有这项暂停决定", en="There is no such suspension")


class ClaimNotFound(NotFound):
    """No claim that may be seen has this id."""

    code = "claim-not-found"
    title = Localized(zh="没有这项认领申请", en="There is no such claim")


class FindingsRemain(Conflict):
    """The draft has errors; `errors` names each with its place in the draft."""

    code = "findings-remain"
    title = Localized(zh="草稿中仍有错误，改正后才能提交", en="The draft has errors; mend them, then submit")


class ImportRunning(Conflict):
    """A job is bringing rows into the draft."""

    code = "import-running"
    title = Localized(
        zh="正在向草稿导入数据，请等待完成或取消后再提交",
        en="Rows are being imported into the draft; wait for the job or cancel it, then submit",
    )


class AlreadyLifted(Conflict):
    """The suspension was lifted before."""

    code = "already-lifted"
    title = Localized(zh="该暂停决定已解除", en="The suspension has been lifted already")


class TierBeyondAuthority(Forbidden):
    """A city's department would give or take a tier that only the province decides about."""

    code = "tier-beyond-authority"
    title = Localized(
        zh="设区市主管部门只能认定建设培育和市级；省级、国家级由省主管部门认定",
        en="A city decides construction and municipal; provincial and national are for the province to decide",
    )


class PlatformNotClaimable(Conflict):
    """The operator of the platform has members: it speaks for itself."""

    code = "platform-not-claimable"
    title = Localized(
        zh="该平台的运营机构已有成员，不能认领",
        en="The operator of this platform has members; nobody can claim it",
    )


class ClaimOpen(Conflict):
    """The organisation has an open claim on this platform."""

    code = "claim-open"
    title = Localized(zh="该机构已有待审的认领申请", en="The organisation has an open claim on this platform")
