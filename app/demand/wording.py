"""What is missing, in words, Chinese and English. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from app.demand.rules import ONE_SCOPE_LINE_AWAY, Answer, days_since
from app.kit.i18n import Localized
from app.matching.facts import AccreditationFacts, Need, Rank
from app.matching.wording import REASONS
from app.vocabulary.ranges import Range
from app.vocabulary.units import canonical_unit, convert

_WORDS: Mapping[str, Localized] = {
    ONE_SCOPE_LINE_AWAY: Localized(
        zh="只差一条能力条目：已提供该能力并持有 {schemes}，认可范围内没有此标准",
        en="One scope line away: the capability is offered under {schemes}, the standard is not in the scope",
    ),
    Rank.ACCREDITATION_EXPIRED.code: Localized(
        zh="{scheme} 证书已于 {days} 天前（{valid_to}）到期",
        en="The {scheme} certificate expired {days} days ago ({valid_to})",
    ),
    Rank.ACCREDITATION_NOT_YET_VALID.code: Localized(
        zh="{scheme} 证书 {days} 天后（{valid_from}）才生效",
        en="The {scheme} certificate is valid in {days} days ({valid_from})",
    ),
    Rank.OTHER_SCHEME.code: Localized(
        zh="只有 {scheme}，没有所问的 {asked}", en="Only {scheme}, not {asked} as asked"
    ),
    Rank.PART_OF_RANGE.code: Localized(zh="覆盖 {asked} 中的 {covered}", en="Covers {covered} of {asked}"),
    Rank.OUTSIDE_RANGE.code: Localized(
        zh="能力量程 {held}，所问 {asked}", en="The scope says {held}, asked is {asked}"
    ),
    Rank.OTHER_EDITION.code: Localized(
        zh="认可的是 {held}，所问为 {asked} 版", en="The scope has {held}, asked is the edition {asked}"
    ),
    Rank.EQUIVALENT_STANDARD.code: Localized(
        zh="认可的是等同标准 {held}", en="The scope has the equivalent standard {held}"
    ),
    Rank.SUCCESSOR_STANDARD.code: Localized(
        zh="认可的是替代标准 {held}", en="The scope has the successor standard {held}"
    ),
}


def missing_in_words(
    need: Need, answer: Answer, on_date: date, schemes: Iterable[str]
) -> tuple[Localized, dict[str, str]]:
    """Return what is missing for a need that is near, and the facts in the words."""
    facts = dict(_facts(need, answer, on_date, schemes))
    words = _WORDS.get(answer.missing or "")
    if words is None or any("{" + name + "}" in words.zh and name not in facts for name in _names(words)):
        return REASONS[answer.outcome.rank], facts
    return Localized(zh=words.zh.format_map(facts), en=words.in_lang("en").format_map(facts)), facts


def _names(words: Localized) -> Iterable[str]:
    return (part.partition("}")[0] for part in words.zh.split("{")[1:])


def _facts(need: Need, answer: Answer, on_date: date, schemes: Iterable[str]) -> Iterable[tuple[str, str]]:
    if answer.missing == ONE_SCOPE_LINE_AWAY:
        yield "schemes", "+".join(sorted(schemes))
        return
    evidence = answer.outcome.evidence[0] if answer.outcome.evidence else None
    if evidence is None:
        return
    rank, line = answer.outcome.rank, evidence.line or evidence.offering
    if evidence.accreditation is not None:
        yield from _validity(rank, evidence.accreditation, on_date)
    if rank is Rank.OTHER_SCHEME:
        yield "asked", need.asked.value
    if rank in (Rank.OTHER_EDITION, Rank.EQUIVALENT_STANDARD, Rank.SUCCESSOR_STANDARD):
        yield from _numbers(need, None if line is None else line.number)
    if need.range is not None and rank in (Rank.PART_OF_RANGE, Rank.OUTSIDE_RANGE):
        yield "asked", range_in_words(need.range)
        if answer.outcome.covered is not None:
            yield "covered", _converted(need.range, *answer.outcome.covered)
        if line is not None and line.range is not None:
            yield "held", range_in_words(line.range)


def _validity(rank: Rank, held: AccreditationFacts, on_date: date) -> Iterable[tuple[str, str]]:
    yield "scheme", held.scheme.value
    if rank is Rank.ACCREDITATION_EXPIRED and held.valid_to is not None:
        yield "valid_to", held.valid_to.isoformat()
        yield "days", str(days_since(held.valid_to, on_date))
    if rank is Rank.ACCREDITATION_NOT_YET_VALID and held.valid_from is not None:
        yield "valid_from", held.valid_from.isoformat()
        yield "days", str(-days_since(held.valid_from, on_date))


def _numbers(need: Need, held: str | None) -> Iterable[tuple[str, str]]:
    if held is not None:
        yield "held", held
    if need.edition is not None:
        yield "asked", need.edition


def range_in_words(stated: Range) -> str:
    """Return a range as it was given: `-55..85 ℃`, `≥60 ℃`, `IP67`."""
    if stated.min is None and stated.max is None:
        return stated.written or "/".join(sorted(stated.grades or ()))
    return _ends(stated.min, stated.max, stated.unit)


def _ends(low: float | None, high: float | None, unit: str) -> str:
    if low is None:
        return f"≤{high:g} {unit}".strip()
    return f"≥{low:g} {unit}".strip() if high is None else f"{low:g}..{high:g} {unit}".strip()


def _converted(asked: Range, low: float | None, high: float | None) -> str:
    """Return ends in canonical units in the unit that was asked."""
    into = canonical_unit(asked.unit)
    canonical = canonical_unit(into.canonical)

    def shown(value: float | None) -> float | None:
        if value is None or canonical.dimension != into.dimension:
            return value
        return float(convert(Decimal(str(value)), canonical, into))

    return _ends(shown(low), shown(high), asked.unit)
