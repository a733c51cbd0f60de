"""The reasons of changes in words, Chinese and English. Pure."""

from collections.abc import Mapping

from app.kit.i18n import Localized
from app.runs.reasons import ReasonCode

REASONS: Mapping[ReasonCode, Localized] = {
    ReasonCode.PLATFORM_ADDED: Localized(zh="平台是后来发布的", en="The platform was published since"),
    ReasonCode.PLATFORM_REMOVED: Localized(zh="平台不再公开", en="The platform is no longer public"),
    ReasonCode.PLATFORM_SUSPENDED: Localized(
        zh="平台在该日期被暂停", en="The platform is suspended on that date"
    ),
    ReasonCode.PLATFORM_REINSTATED: Localized(
        zh="平台当时被暂停，现已恢复", en="The platform was suspended then and is no longer"
    ),
    ReasonCode.PLATFORM_CHANGED: Localized(
        zh="平台的公开内容有变更", en="Published content of the platform changed"
    ),
    ReasonCode.ACCREDITATION_ADDED: Localized(zh="新增了资质", en="The accreditation is new"),
    ReasonCode.ACCREDITATION_REMOVED: Localized(
        zh="资质不再公开", en="The accreditation is no longer public"
    ),
    ReasonCode.ACCREDITATION_GRANTED: Localized(
        zh="资质已获批准或开始有效", en="The accreditation was granted, or has become valid"
    ),
    ReasonCode.ACCREDITATION_SUSPENDED: Localized(zh="资质被暂停", en="The accreditation was suspended"),
    ReasonCode.ACCREDITATION_WITHDRAWN: Localized(zh="资质被撤销", en="The accreditation was withdrawn"),
    ReasonCode.ACCREDITATION_EXPIRED: Localized(zh="资质已过期", en="The accreditation has expired"),
    ReasonCode.ACCREDITATION_NOT_YET_VALID: Localized(
        zh="资质在该日期尚未生效", en="The accreditation is not yet valid on that date"
    ),
    ReasonCode.ACCREDITATION_CHANGED: Localized(
        zh="资质或其能力范围有变更", en="The accreditation or its scope changed"
    ),
    ReasonCode.ACCREDITATION_VERIFIED: Localized(
        zh="主管部门核验了资质", en="A department verified the accreditation"
    ),
    ReasonCode.LINE_ADDED: Localized(zh="新增了能力条目", en="A scope line was added"),
    ReasonCode.LINE_REMOVED: Localized(zh="能力条目已删除", en="The scope line was removed"),
    ReasonCode.LINE_CHANGED: Localized(zh="能力条目有变更", en="The scope line changed"),
    ReasonCode.LINE_ENDED: Localized(
        zh="能力条目在该日期已不在范围内", en="The scope line no longer stands on that date"
    ),
    ReasonCode.SERVICE_ADDED: Localized(zh="新增了服务", en="A service was added"),
    ReasonCode.SERVICE_REMOVED: Localized(zh="服务不再公开", en="The service is no longer public"),
    ReasonCode.SERVICE_CHANGED: Localized(zh="服务的能力有变更", en="What the service offers changed"),
    ReasonCode.STANDARD_SUPERSEDED: Localized(zh="标准已被替代", en="The standard was superseded"),
    ReasonCode.VOCABULARY_CHANGED: Localized(zh="词表有变更", en="The vocabulary changed"),
    ReasonCode.SCORER_CHANGED: Localized(zh="评分规则版本不同", en="The scorer has another version"),
    ReasonCode.WEIGHTS_CHANGED: Localized(zh="评分权重不同", en="The weights of the scorer changed"),
    ReasonCode.DATE_MOVED: Localized(zh="所问日期不同", en="Another day is asked about"),
    ReasonCode.CATALOGUE_CHANGED: Localized(zh="目录有变更", en="The catalogue changed"),
    ReasonCode.ORDER_ONLY: Localized(
        zh="判断未变，只是次序不同", en="The verdicts are the same; only the order is another"
    ),
}
