"""Names in Chinese and English of the registry's own codes; those of the vocabularies are in the database."""

from collections.abc import Mapping
from enum import StrEnum

from app.kit.i18n import Lang, Localized
from app.models.registry import LeadType, PlatformKind, PriceKind, ProcessMode, Tier
from app.models.scope import AccreditationState
from app.registry.rules import AccreditationStatus

_NAMES: Mapping[type[StrEnum], Mapping[str, Localized]] = {
    PlatformKind: {
        PlatformKind.PILOT_PLATFORM: Localized(zh="中试平台", en="pilot platform"),
        PlatformKind.VERIFICATION_CENTRE: Localized(zh="概念验证中心", en="concept verification centre"),
    },
    LeadType: {
        LeadType.ENTERPRISE: Localized(zh="企业主导", en="enterprise-led"),
        LeadType.THIRD_PARTY: Localized(zh="第三方机构主导", en="third-party-led"),
        LeadType.UNIVERSITY: Localized(zh="高校院所主导", en="university-led"),
        LeadType.GOVERNMENT: Localized(zh="政府主导", en="government-led"),
    },
    Tier: {
        Tier.CONSTRUCTION: Localized(zh="建设培育", en="under construction or cultivation"),
        Tier.MUNICIPAL: Localized(zh="市级", en="municipal"),
        Tier.PROVINCIAL: Localized(zh="省级", en="provincial"),
        Tier.NATIONAL: Localized(zh="国家级", en="national"),
    },
    ProcessMode: {
        ProcessMode.PROCESS: Localized(zh="流程型", en="process industry"),
        ProcessMode.DISCRETE: Localized(zh="离散型", en="discrete industry"),
        ProcessMode.BOTH: Localized(zh="流程型与离散型", en="process and discrete industry"),
        ProcessMode.SOFTWARE: Localized(zh="软件类", en="software"),
    },
    PriceKind: {
        PriceKind.FIXED: Localized(zh="固定价", en="fixed price"),
        PriceKind.FROM: Localized(zh="起价", en="price from"),
        PriceKind.RANGE: Localized(zh="价格区间", en="price range"),
        PriceKind.NEGOTIABLE: Localized(zh="面议", en="negotiable"),
    },
    AccreditationState: {
        AccreditationState.PLANNED: Localized(zh="计划申请", en="planned"),
        AccreditationState.APPLIED: Localized(zh="已申请", en="applied for"),
        AccreditationState.GRANTED: Localized(zh="已获批", en="granted"),
        AccreditationState.SUSPENDED: Localized(zh="暂停", en="suspended"),
        AccreditationState.WITHDRAWN: Localized(zh="撤销", en="withdrawn"),
    },
    AccreditationStatus: {
        AccreditationStatus.PLANNED: Localized(zh="计划申请", en="planned"),
        AccreditationStatus.APPLIED: Localized(zh="已申请", en="applied for"),
        AccreditationStatus.GRANTED: Localized(zh="有效", en="granted and valid"),
        AccreditationStatus.SUSPENDED: Localized(zh="暂停", en="suspended"),
        AccreditationStatus.WITHDRAWN: Localized(zh="撤销", en="withdrawn"),
        AccreditationStatus.EXPIRED: Localized(zh="过期", en="expired"),
        AccreditationStatus.NOT_YET_VALID: Localized(zh="尚未生效", en="not yet valid"),
        AccreditationStatus.VALIDITY_NOT_STATED: Localized(zh="未说明有效期", en="validity not stated"),
    },
}


def names_of(kind: type[StrEnum]) -> Mapping[str, Localized]:
    """Return the names of every member of one of the registry's enums."""
    return _NAMES[kind]


def label(code: StrEnum, lang: Lang) -> str:
    """Return the name of a member of one of the registry's enums."""
    return _NAMES[type(code)][code].in_lang(lang)
