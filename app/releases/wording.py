"""How a release is worded for people, in the workbook and on the page. Pure; in Chinese, as the list is published."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from app.models.registry import Outsiders, PriceKind, SettingKind
from app.models.scope import Verification
from app.releases import documents
from app.releases.contents import UNSTATED

OUTSIDERS = {Outsiders.YES: "对外服务", Outsiders.NO: "不对外服务", Outsiders.UNKNOWN: "未说明"}
_SETTINGS = {SettingKind.ENVIRONMENT: "试验环境", SettingKind.SCENARIO: "应用场景"}
Part = TypeVar("Part")
_PROSE = {"services": "服务", "capabilities": "能力", "qualifications": "资质", "equipment": "设备"}


def by_field(
    release: documents.ReleaseRead,
) -> list[tuple[documents.ContentsLine, list[documents.ReleasedPlatform]]]:
    """Return the entries of each field of the contents; an entry of several fields stands in each."""
    return [
        (line, [entry for entry in release.entries if line.code in main_codes(entry)])
        for line in release.contents
    ]


def main_codes(entry: documents.ReleasedPlatform) -> list[str]:
    """Return the main fields of an entry, in order, or the code for none."""
    return list(dict.fromkeys(field.main.code for field in entry.fields)) or [UNSTATED.code]


def issuer(release: documents.ReleaseHead) -> str:
    """Return the full names of the departments."""
    region = release.issuer.region.name.zh
    return "、".join(f"{region}{department.name.zh}" for department in release.issuer.departments)


def filter_words(release: documents.ReleaseHead) -> str:
    """Return what the release was limited to."""
    parts = [
        ("类型", release.filter.kind),
        ("领域", release.filter.field),
        ("地区", release.filter.city),
        ("级别", release.filter.tier),
    ]
    return "；".join(f"{name}：{names(values)}" for name, values in parts if values)


def each(word: Callable[[Part], str], parts: Iterable[Part]) -> list[str]:
    """Return the words for each of some parts of an entry."""
    return [word(part) for part in parts]


def names(values: Iterable[documents.Named]) -> str:
    return "、".join(value.name.zh for value in values)


def name(value: documents.Named | None) -> str:
    return "" if value is None else value.name.zh


def price(option: documents.ReleasedPrice) -> str:
    """Return a price with its unit and, where it has one, its validity."""
    unit = f"元/{option.unit}" if option.unit else "元"
    match option.kind.code:
        case PriceKind.NEGOTIABLE:
            text = "面议"
        case PriceKind.FROM if option.min_cny is not None:
            text = f"{option.min_cny} {unit}起"
        case PriceKind.RANGE if option.min_cny is not None and option.max_cny is not None:
            text = f"{option.min_cny}～{option.max_cny} {unit}"
        case _:
            amount = option.min_cny or option.max_cny
            text = option.kind.name.zh if amount is None else f"{amount} {unit}"
    return text + _validity(option)


def _validity(option: documents.ReleasedPrice) -> str:
    if option.valid_from is None and option.valid_to is None:
        return ""
    since = "" if option.valid_from is None else f"自 {option.valid_from} "
    until = "" if option.valid_to is None else f"至 {option.valid_to}"
    return f"（{f'{since}{until}'.strip()}{'' if option.in_force else '，发布日不在有效期内'}）"


def accreditation(one: documents.ReleasedAccreditation) -> str:
    """Return an accreditation with what it was worth on the day of issue."""
    validity = (
        f"，有效期 {one.valid_from or '未说明'} 至 {one.valid_to or '未说明'}"
        if one.valid_from or one.valid_to
        else ""
    )
    holder = "" if one.holder is None else f"，持证机构：{one.holder.name.zh}"
    checked = "已核验" if one.verification is Verification.VERIFIED else "自行申报"
    number = one.certificate_no or "证书号未说明"
    return (
        f"{one.scheme} {number}：{name(one.status)}（{checked}{validity}{holder}；能力 {one.scope_lines} 项）"
    )


def capability(one: documents.ReleasedCapability) -> str:
    """Return an ability in words: object, parameter or term, standard, range."""
    what = one.parameter or name(one.term)
    return " ".join(part for part in (one.object, what, one.standard, one.range) if part)


def contact(one: documents.ReleasedContact) -> str:
    return " ".join(part for part in (one.name, one.telephone, one.email, one.url) if part)


def equipment(one: documents.ReleasedEquipment) -> str:
    return " ".join(part for part in (one.name, one.model, one.specs) if part)


def setting(one: documents.ReleasedSetting) -> str:
    described = f"：{one.description}" if one.description else ""
    return f"{_SETTINGS[one.kind]}：{one.name}{described}"


def step(one: documents.ReleasedStep) -> str:
    days = "" if one.working_days is None else f"（{one.working_days} 个工作日）"
    return f"{one.title}{days}" + (f"：{one.description}" if one.description else "")


def trl(service: documents.ReleasedService) -> str:
    if service.entry_trl is None and service.exit_trl is None:
        return ""
    return f"{service.entry_trl or '?'}～{service.exit_trl or '?'}"


def voucher(service: documents.ReleasedService) -> str:
    return {True: "可用", False: "不可用", None: "未说明"}[service.voucher_accepted]


def prose(entry: documents.ReleasedPlatform) -> list[tuple[str, str]]:
    """Return what the source says only in words: a heading and a text for each part that it has."""
    said = entry.prose or {}
    return [
        (heading, "；".join(_texts(said[part])))
        for part, heading in _PROSE.items()
        if isinstance(said.get(part), list) and _texts(said[part])
    ]


def _texts(values: Sequence[object]) -> list[str]:
    return [value for value in values if isinstance(value, str) and value]
