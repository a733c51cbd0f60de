"""The reasons and conditions of verdicts in words, Chinese and English. Pure."""

from collections.abc import Mapping

from app.kit.i18n import Lang, Localized
from app.matching.facts import ConditionCode, Rank

REASONS: Mapping[Rank, Localized] = {
    Rank.MET: Localized(zh="能力范围内有满足需求的条目", en="A line within the scope meets the need"),
    Rank.LINE_EDITION_NOT_STATED: Localized(
        zh="能力条目未注明标准年代号", en="The line does not state the edition of the standard"
    ),
    Rank.RANGE_NOT_STATED: Localized(
        zh="能力条目未注明可比较的量程", en="The line states no range that can be compared"
    ),
    Rank.OBJECT_NOT_CONFIRMED: Localized(
        zh="能力条目的检测对象与所问的不同，未能确认", en="The line is for another object; not confirmed"
    ),
    Rank.PARAMETER_NOT_CONFIRMED: Localized(
        zh="能力条目未写明所问的项目/参数", en="The line does not name the parameter asked"
    ),
    Rank.VALIDITY_NOT_STATED: Localized(
        zh="证书有效期未完整给出", en="The validity of the certificate is not fully stated"
    ),
    Rank.STANDARD_NOT_STATED: Localized(
        zh="服务声称有此能力，但未说明标准", en="The service offers this, but names no standard"
    ),
    Rank.ACCREDITATION_PENDING: Localized(
        zh="具备能力，认可或认定正在计划或申请中", en="Offered; the accreditation is planned or applied for"
    ),
    Rank.SOURCE_DOES_NOT_SAY: Localized(
        zh="来源只有文字介绍并提到此项，未给出能力范围",
        en="The source mentions this in prose only and states no scope",
    ),
    Rank.NEEDS_CLARIFICATION: Localized(
        zh="需求既未指明能力也未指明标准，请补充",
        en="The need names neither capability nor standard; please clarify",
    ),
    Rank.ACCREDITATION_EXPIRED: Localized(
        zh="证书在该日期已过期", en="The certificate has expired on that date"
    ),
    Rank.ACCREDITATION_NOT_YET_VALID: Localized(
        zh="证书在该日期尚未生效", en="The certificate is not yet valid on that date"
    ),
    Rank.ACCREDITATION_SUSPENDED: Localized(zh="证书处于暂停状态", en="The certificate is suspended"),
    Rank.ACCREDITATION_WITHDRAWN: Localized(zh="证书已被撤销", en="The certificate is withdrawn"),
    Rank.LINE_NOT_IN_FORCE: Localized(
        zh="能力条目在该日期不在范围内", en="The line does not stand in the scope on that date"
    ),
    Rank.PART_OF_RANGE: Localized(zh="只覆盖所问量程的一部分", en="Only part of the range is covered"),
    Rank.OTHER_EDITION: Localized(
        zh="只有该标准另一年代号的能力", en="Only another edition of the standard is in the scope"
    ),
    Rank.OUTSIDE_RANGE: Localized(zh="能力量程不包含所问的量程", en="The range asked lies outside the scope"),
    Rank.OTHER_SCHEME: Localized(
        zh="只在另一种资质（CNAS 与 CMA 之一）下具备", en="Only the other scheme (of CNAS and CMA) covers it"
    ),
    Rank.EQUIVALENT_STANDARD: Localized(
        zh="只有等效标准的能力，不能代替所问标准",
        en="Only an equivalent standard is in the scope; it does not replace the one asked",
    ),
    Rank.SUCCESSOR_STANDARD: Localized(
        zh="只有替代标准的能力，不能代替所问标准",
        en="Only a successor standard is in the scope; it does not replace the one asked",
    ),
    Rank.NO_SUCH_LINE: Localized(zh="没有相应的能力条目", en="There is no such line"),
}

ONLY_WITH_CONDITIONS = Localized(zh="只有附带条件的满足", en="It is met only with conditions")

CONDITIONS: Mapping[ConditionCode, Localized] = {
    ConditionCode.RESTRICTION: Localized(zh="限制范围：{text}", en="Restricted: {text}"),
    ConditionCode.OBJECT_NOT_ASKED: Localized(
        zh="该条目针对“{object}”，需求未说明检测对象",
        en="The line is for “{object}”; the need names no object",
    ),
    ConditionCode.PARAMETER_NOT_ASKED: Localized(
        zh="该条目针对“{parameter}”，需求未说明项目/参数",
        en="The line is for “{parameter}”; the need names no parameter",
    ),
    ConditionCode.PART_OF_STANDARD: Localized(
        zh="该条目只是标准中的“{parameter}”，需求问的是整个标准",
        en="The line is for “{parameter}” only; the need asks the standard as a whole",
    ),
    ConditionCode.TERM_NOT_NAMED: Localized(
        zh="该条目的项目“{parameter}”不是所问能力的名称或同义词",
        en="The line's parameter “{parameter}” is not the capability asked, nor a synonym",
    ),
    ConditionCode.OPEN_END_ASSUMED_UNLIMITED: Localized(
        zh="能力量程有一端（{end}）未写，按无限处理",
        en="An end of the range ({end}) is left open, taken as unlimited",
    ),
    ConditionCode.EDITION_NOT_STATED: Localized(
        zh="需求或条目未写明标准年代号", en="The need or the line states no edition of the standard"
    ),
    ConditionCode.EDITION_SUPERSEDED: Localized(
        zh="该版标准已被 {successor} 替代", en="This edition has been replaced by {successor}"
    ),
    ConditionCode.BOTH_ON_DIFFERENT_LINES: Localized(
        zh="CNAS 与 CMA 分属不同条目（{differing} 不同）",
        en="CNAS and CMA rest on different lines (they differ in {differing})",
    ),
    ConditionCode.HELD_BY_PARTNER: Localized(
        zh="证书由合作机构“{holder}”持有", en="Held by the partner “{holder}”"
    ),
    ConditionCode.EXPIRES_BEFORE_DELIVERY: Localized(
        zh="证书 {valid_to} 到期，早于预计交付日 {delivery}",
        en="The certificate ends {valid_to}, before delivery on {delivery}",
    ),
    ConditionCode.DECLARED_NOT_VERIFIED: Localized(
        zh="证书信息为平台自报，尚未核验", en="Declared by the platform, not yet verified"
    ),
    ConditionCode.SELF_DECLARED: Localized(
        zh="仅平台自称具备，无资质要求", en="Only the platform says so; no accreditation was asked"
    ),
    ConditionCode.OUTSIDERS_NOT_SERVED: Localized(
        zh="该平台不对外服务", en="The platform serves no outsiders"
    ),
    ConditionCode.DESIGNATION_MAY_APPLY: Localized(
        zh="此类检测可能还需 CNAS、CMA 之外的批准：{approval_zh}（{when_zh}）",
        en="An approval beyond CNAS and CMA may be needed: {approval_zh} ({when_zh})",
    ),
}


def reason(rank: Rank, lang: Lang) -> str:
    return REASONS[rank].in_lang(lang)


def condition(code: ConditionCode, facts: Mapping[str, str], lang: Lang) -> str:
    """Return the sentence for a condition, its facts filled in."""
    return CONDITIONS[code].in_lang(lang).format_map(facts)
