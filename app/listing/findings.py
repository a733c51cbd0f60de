"""What is missing or doubtful in a draft, why it matters and how to mend it: its words and its score. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.kit.i18n import Localized


class Severity(StrEnum):
    """An error keeps the draft from being submitted; a warning costs matches; advice makes the listing better."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


POINTS: Mapping[Severity, int] = {Severity.ERROR: 20, Severity.WARNING: 5, Severity.ADVICE: 2}
"""What one finding costs; see `score`."""


@dataclass(frozen=True)
class Finding:
    """One thing. `pointer` is a JSON pointer into the draft as `GET /v1/platforms/{id}/draft` shows it."""

    code: str
    severity: Severity
    pointer: str
    why: Localized
    mend: Localized
    nearest: tuple[str, ...] = ()


def score(findings: Iterable[Finding]) -> int:
    """Return 0 to 100: 100 without findings, 50 at 100 points of them, never less for one finding fewer."""
    points = sum(POINTS[finding.severity] for finding in findings)
    return 10_000 // (100 + points)


@dataclass(frozen=True)
class _Words:
    severity: Severity
    why: tuple[str, str]
    mend: tuple[str, str]


_E, _W, _A = Severity.ERROR, Severity.WARNING, Severity.ADVICE
WORDS: Mapping[str, _Words] = {
    "unknown_region": _Words(
        _E,
        ("没有行政区划代码 {0}", "There is no region {0}"),
        ("改为 /v1/regions 中的代码", "Use a code of /v1/regions"),
    ),
    "unknown_field": _Words(
        _E,
        ("没有产业领域 {0}", "There is no field {0}"),
        ("改为 /v1/fields 中的代码", "Use a code of /v1/fields"),
    ),
    "unknown_function": _Words(
        _E,
        ("没有服务功能 {0}", "There is no service function {0}"),
        ("改为 /v1/service-functions 中的代码", "Use a code of /v1/service-functions"),
    ),
    "unknown_term": _Words(
        _E,
        (
            "没有能力术语 {0}，这项能力不会被匹配到",
            "There is no capability term {0}; the capability is never matched",
        ),
        (
            "改为 /v1/capability-terms 中的代码，或不写术语",
            "Use a code of /v1/capability-terms, or leave it out",
        ),
    ),
    "region_missing": _Words(
        _E,
        ("没有所在地，无法确定由哪个主管部门审核", "Without a region no department is competent to review"),
        ("填写行政区划代码", "Give the region code"),
    ),
    "certificate_no_missing": _Words(
        _E,
        (
            "已获准的资质没有证书编号，无法核对",
            "A granted accreditation without its number cannot be checked",
        ),
        ("照证书填写编号", "Give the number of the certificate"),
    ),
    "validity_not_stated": _Words(
        _W,
        (
            "有效期不完整，匹配结论只能是“未知”",
            "Without both dates of validity every verdict is at most unknown",
        ),
        ("填写有效期起止日期", "Give both dates of the certificate"),
    ),
    "accreditation_expired": _Words(
        _W,
        ("资质已于 {0} 到期，不再用于匹配", "The accreditation expired on {0} and counts no more"),
        ("更新有效期，或将资质删除", "Renew the dates, or remove the accreditation"),
    ),
    "accreditation_expires_soon": _Words(
        _W,
        ("资质将于 {0} 到期（90 天内）", "The accreditation expires on {0}, within 90 days"),
        ("换证后更新有效期和能力范围", "Once reissued, renew its dates and scope lines"),
    ),
    "accreditation_without_lines": _Words(
        _W,
        ("资质没有能力范围，不能满足任何需求", "An accreditation without scope lines meets no need"),
        ("逐条填写或批量导入能力范围", "Add its scope lines, one by one or in bulk"),
    ),
    "line_range_missing": _Words(
        _A,
        (
            "{0} 条能力没有范围，例如 {1}；问到数值的需求只能答“未知”",
            "{0} lines state no range, such as {1}; needs with a value stay unknown",
        ),
        ("补充范围", "Add their ranges"),
    ),
    "line_standard_unknown": _Words(
        _A,
        (
            "{0} 条能力的标准不在词表中，例如 {1}",
            "{0} lines cite standards that are not in the vocabulary, such as {1}",
        ),
        ("核对标准编号；无误则等待收入词表", "Check the numbers; right ones wait to be taken up"),
    ),
    "line_edition_superseded": _Words(
        _W,
        ("{0} 条能力的标准版本已被代替，例如 {1}", "{0} lines cite superseded editions, such as {1}"),
        ("换版后更新能力范围", "Renew the lines once the certificate names the new editions"),
    ),
    "standard_unknown": _Words(
        _A,
        ("标准 {0} 不在词表中", "The standard {0} is not in the vocabulary"),
        ("核对标准编号；无误则等待收入词表", "Check the number; a right one waits to be taken up"),
    ),
    "edition_superseded": _Words(
        _W,
        ("标准 {0} 已被 {1} 代替", "The standard {0} is superseded by {1}"),
        ("改为现行版本，如确已具备能力", "Cite the new edition, if the service works by it"),
    ),
    "standard_not_in_scope": _Words(
        _W,
        (
            "没有资质的能力范围包含 {0}，要求 CNAS 或 CMA 的需求不会匹配",
            "No scope line covers {0}; needs that ask CNAS or CMA are not met",
        ),
        ("补充能力范围，或确认只按自有能力提供", "Add the scope line, or offer it as your own ability only"),
    ),
    "designation_may_apply": _Words(
        _A,
        ("{0} 可能还需要其他批准：{1}", "{0} may need an approval beyond CNAS and CMA: {1}"),
        ("在服务说明中写明是否已获批准", "Say in the description whether you have it"),
    ),
    "capability_missing": _Words(
        _W,
        ("服务没有列出能力，只能按文字被找到", "A service without capabilities is found by its words only"),
        ("至少列出一项能力", "List at least one capability"),
    ),
    "price_missing": _Words(
        _W,
        ("没有收费标准", "No fee is stated"),
        ("填写价格，或标明面议", "State a price, or that it is negotiable"),
    ),
    "lead_time_missing": _Words(
        _W,
        ("没有服务周期，有期限的需求无法判断", "Without a lead time a deadline cannot be judged"),
        ("填写服务周期（天）", "Give the lead time in days"),
    ),
    "fields_missing": _Words(
        _W,
        ("没有产业领域，按领域筛选时找不到", "Without a field it is missing from every field's list"),
        ("选择产业领域", "Choose its fields"),
    ),
    "english_name_missing": _Words(
        _A, ("没有英文名称", "There is no English name"), ("补充英文名称", "Add an English name")
    ),
    "summary_missing": _Words(_A, ("没有平台简介", "There is no summary"), ("写一段简介", "Write a summary")),
    "outsiders_unknown": _Words(
        _W,
        ("未说明是否对外服务", "It is not said whether outsiders are served"),
        ("选择 是 或 否", "Say yes or no"),
    ),
    "coordinates_outside_region": _Words(
        _W,
        ("坐标距 {0} 约 {1} 千米", "The coordinates are about {1} km from {0}"),
        ("核对经纬度或行政区划代码", "Check latitude, longitude and region"),
    ),
    "services_missing": _Words(
        _W, ("没有服务", "No service is listed"), ("至少列出一项服务", "List at least one service")
    ),
    "contacts_missing": _Words(
        _W, ("没有联系方式", "No contact is given"), ("添加联系方式", "Add a contact")
    ),
    "intake_missing": _Words(
        _W,
        ("没有服务承接程序", "The intake procedure is not described"),
        ("按步骤写明承接程序", "Describe it step by step"),
    ),
}


def finding(code: str, pointer: str, *shown: object, nearest: Sequence[str] = ()) -> Finding:
    """Make a finding with the words of its code."""
    words = WORDS[code]
    return Finding(
        code,
        words.severity,
        pointer,
        Localized(zh=words.why[0].format(*shown), en=words.why[1].format(*shown)),
        Localized(zh=words.mend[0], en=words.mend[1]),
        tuple(nearest),
    )
