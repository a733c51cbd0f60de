"""Why experts cannot be assigned, in words. Pure."""

from collections.abc import Mapping, Sequence

from app.assessment.assignment import Reason
from app.assessment.conflicts import ConflictKind
from app.kit.i18n import Localized
from app.models.assessment import Constraint

_CONFLICTS: Mapping[ConflictKind, Localized] = {
    ConflictKind.OWN_ORGANISATION: Localized(
        zh="专家所在机构是成果的权利人", en="an organisation of the expert owns a part of the result"
    ),
    ConflictKind.DECLARED: Localized(zh="专家已声明利益冲突", en="the expert declared a conflict"),
    ConflictKind.RECUSED: Localized(zh="专家曾回避这项成果", en="the expert recused from the result before"),
    ConflictKind.CONTRIBUTOR: Localized(
        zh="专家参与了这项成果", en="the expert is one of the people behind the result"
    ),
}

_OBJECTIONS: Mapping[Constraint, Localized] = {
    Constraint.CONFLICT: Localized(zh="存在利益冲突", en="there is a conflict of interest"),
    Constraint.AVAILABILITY: Localized(zh="专家当前不可用", en="the expert is not available today"),
    Constraint.QUOTA: Localized(zh="专家的任务已达上限", en="the quota of the expert is used up"),
}


def objection(constraint: Constraint, conflicts: Sequence[ConflictKind]) -> Localized:
    """Return why one expert may not judge one result."""
    if constraint is not Constraint.CONFLICT or not conflicts:
        return _OBJECTIONS[constraint]
    said = [_CONFLICTS[kind] for kind in conflicts]
    return Localized(zh="；".join(one.zh for one in said), en="; ".join(one.in_lang("en") for one in said))


def explained(reason: Reason, fields: Mapping[str, Localized]) -> Localized:
    """Return why a result cannot have its experts; `fields` has the names of the disciplines."""
    needed, found = reason.needed, reason.found
    names = [fields.get(code, Localized(zh=code)) for code in reason.disciplines]
    zh, en = "、".join(one.zh for one in names), ", ".join(one.in_lang("en") for one in names)
    match reason.constraint:
        case Constraint.EXPERTS:
            return Localized(
                zh=f"需要 {needed} 位专家，库中仅有 {found} 位可选",
                en=f"{needed} experts are needed, there are only {found} in all",
            )
        case Constraint.CONFLICT:
            return Localized(
                zh=f"无利益冲突的专家不足：需要 {needed} 位，可选 {found} 位",
                en=f"not enough experts without a conflict: {needed} are needed, {found} may judge",
            )
        case Constraint.AVAILABILITY:
            return Localized(
                zh=f"当前可用的专家不足：需要 {needed} 位，可选 {found} 位",
                en=f"not enough experts are available today: {needed} are needed, {found} may judge",
            )
        case Constraint.DISCIPLINE if names:
            return Localized(zh=f"没有可选专家覆盖学科：{zh}", en=f"no expert who may judge covers: {en}")
        case Constraint.DISCIPLINE:
            return Localized(
                zh=f"{needed} 位专家无法共同覆盖全部学科",
                en=f"{needed} experts cannot cover all its fields together",
            )
        case Constraint.QUOTA:
            scarce = (
                Localized(zh=f"，紧缺学科：{zh}", en=f"; scarce: {en}") if names else Localized(zh="", en="")
            )
            return Localized(
                zh=f"专家任务上限已用尽：共需 {needed} 个名额，空余 {found} 个{scarce.zh}",
                en=f"quotas are used up: {needed} places are needed, {found} are free{scarce.en}",
            )
