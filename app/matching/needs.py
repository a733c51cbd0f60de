"""From a need as somebody states it to a need as it is compared. Pure, given the vocabulary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from app.kit.i18n import Localized
from app.matching.evidence import edition_of
from app.matching.facts import Asked, Need, Successor
from app.matching.line_rules import superseded_by
from app.matching.snapshot import TermView, VocabularyView
from app.vocabulary.ranges import Range
from app.vocabulary.rules import normal_form
from search.standard_numbers import StandardNumber, parse_standard_number


class NeedRefused(ValueError):
    """A need that cannot be understood. `part` names the member of the need that is wrong."""

    def __init__(self, part: str, code: str, detail: Localized) -> None:
        super().__init__(detail.in_lang("en"))
        self.part, self.code, self.detail = part, code, detail


@dataclass(frozen=True, slots=True)
class StatedNeed:
    """A need as stated or drawn. `spans` are code-point ranges in the text it was drawn from, by member."""

    id: str
    text: str | None = None
    capability: str | None = None
    standard: str | None = None
    object: str | None = None
    parameter: str | None = None
    range: Range | None = None
    asked: Asked = Asked.NONE
    must: bool = True
    spans: Mapping[str, tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class UnderstoodNeed:
    """A stated need with the vocabulary's reading of it: what the rules compare, and what to warn of."""

    stated: StatedNeed
    need: Need
    term: TermView | None
    number: StandardNumber | None
    superseded_by: Successor | None


def understand(stated: StatedNeed, vocabulary: VocabularyView, on_date: date) -> UnderstoodNeed:
    """Resolve the capability term, the standard, the object and the parameter of a need.

    A capability may be given by its code or by any of its names. Raises NeedRefused.
    """
    term = None if stated.capability is None else _term(stated.capability, vocabulary)
    number = None if stated.standard is None else _number(stated.standard)
    successor = None
    need = Need(
        id=stated.id,
        asked=stated.asked,
        term=term.code if term else None,
        range=stated.range,
        term_names=term.names if term else frozenset(),
        must=stated.must,
        objects=vocabulary.objects_covering(stated.object) if stated.object else None,
        parameters=vocabulary.parameters_named(stated.parameter) if stated.parameter else None,
    )
    if number is not None:
        need = replace(
            need,
            standard=number.base,
            edition=edition_of(number.canonical, number.base, number.year),
            related=vocabulary.related(number.base),
        )
        successor = superseded_by(vocabulary.successors_of(number.canonical), on_date)
    return UnderstoodNeed(stated, need, term, number, successor)


def _term(given: str, vocabulary: VocabularyView) -> TermView:
    if given in vocabulary.terms:
        return vocabulary.terms[given]
    named = vocabulary.terms_named(given)
    if len(named) == 1:
        return vocabulary.terms[named[0]]
    near = named or nearest_terms(given, vocabulary.terms)
    hint = "、".join(f"{code}（{vocabulary.terms[code].name_zh}）" for code in near)
    hint_en = ", ".join(f"{code} ({vocabulary.terms[code].name_en})" for code in near)
    raise NeedRefused(
        "capability",
        "unknown_capability",
        Localized(
            zh=f"没有能力术语“{given}”" + (f"，相近的有：{hint}" if hint else "，见 /v1/capability-terms"),
            en=f"No capability term {given!r}"
            + (f"; near: {hint_en}" if hint else "; see /v1/capability-terms"),
        ),
    )


def nearest_terms(given: str, terms: Mapping[str, TermView], count: int = 3) -> Sequence[str]:
    """Return the codes whose code or name is spelt most like what was given."""
    spellings = {name: code for code, term in terms.items() for name in (*term.names, code)}
    close = get_close_matches(normal_form(given), list(spellings), n=count * 2, cutoff=0.5)
    return list(dict.fromkeys(spellings[name] for name in close))[:count]


def _number(given: str) -> StandardNumber:
    number = parse_standard_number(given)
    if number is None:
        raise NeedRefused(
            "standard",
            "unreadable_standard",
            Localized(
                zh=f"“{given}”不是可识别的标准编号，例如 GB/T 2423.17-2008",
                en=f"{given!r} is not a standard number that can be read, such as GB/T 2423.17-2008",
            ),
        )
    return number
