"""Draws needs from free text: standards, capability terms, ranges and accreditations, each with its span.

Pure. What is drawn is a proposal that the researcher corrects: every need carries the spans it rests on, and the
verdict rules treat it like any stated need.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.matching.drawing_confidence import (
    CLAUSE_END,
    NEARBY,
    SENTENCE_END,
    STANDARD_ALONE,
    STANDARD_WITH_TERM,
    Place,
    Span,
    around,
    bounded,
    mention_confidence,
    term_confidence,
)
from app.matching.facts import Asked
from app.matching.lexicon import Lexicon, TermMention, fold
from app.matching.needs import StatedNeed
from app.vocabulary.ranges import FoundRange, Range, find_ranges
from search.standard_numbers import FoundStandard, find_standard_numbers

MOST_NEEDS = 50

_SOFT = re.compile(
    r"最好|若能|如能|如果能|能的话|顺便|顺带|可选|有条件|不强求|\b(?:preferably|optional|nice to have)\b",
    re.IGNORECASE,
)
_CNAS = re.compile(
    r"CNAS|(?<!资质)(?<!型式)(?<!客户)(?<!用户)(?<!业主)(?<!买家)(?<!市场)(?<!不)认可(?!度)"
    r"|(?<![A-Za-z])accredit(?:ed|ation)(?![A-Za-z])",
    re.IGNORECASE,
)
_CMA = re.compile(r"(?<![A-Za-z])CMA(?![A-Za-z])|资质认定|计量认证", re.IGNORECASE)
_LEGAL = re.compile(r"法定(?!代表|假|节|期限)|法律效力|证明作用|[带有具出备]资质")
"""Data with legal effect are those of a body with 资质认定 (CMA): who asks for them asks for it."""
_ANY = re.compile(r"(?:任何一种|任一种?|任意一种|随便哪种|无论哪种|哪种|一种)资质")
_NONE = re.compile(
    r"(?:不需要|无需|无须|不用|不必|不要求|不强求|没必要|no need for|without)\s*(?:有|带|出)?\s*"
    r"(?:CNAS|CMA|认可|资质|法定|accredit)",
    re.IGNORECASE,
)
_BOTH = re.compile(r"双章|双标|两[个种](?:标[志识]|章|资质)|双资质|\bboth\b", re.IGNORECASE)
_DEADLINE = re.compile(
    r"(?:(?<![\d.])\d{1,4}(?:\.\d{1,2})?|[半一二两三四五六七八九十]{1,5})\s{0,3}个?(?:天|日|周|星期|月|年)(?:之|以)?内"
    r"|within\s{1,3}\d{1,4}\s{0,3}\w{1,20}"
)
"""When somebody wants it is no range of what is tested."""
_EITHER = re.compile(r"或者?|任一|其一|之一|都行|都可以?|均可|\bor\b|\beither\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another term that the words of a need may mean."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class DrawnNeed:
    """A need as it was drawn; `confidence` from 0 to 1 is explained in `app.matching.drawing_confidence`."""

    stated: StatedNeed
    confidence: float
    alternatives: tuple[Alternative, ...] = ()


def draw_needs(text: str, lexicon: Lexicon) -> list[StatedNeed]:
    """Return the needs a text states, in the order of their first span; at most MOST_NEEDS."""
    return [drawn.stated for drawn in draw(text, lexicon)]


def draw(text: str, lexicon: Lexicon) -> list[DrawnNeed]:
    """Return the needs a text states, each with how sure it is and what else its words may mean.

    A standard and the term it serves make one need. A range counts for the nearest need of its clause.
    """
    folded = fold(text)
    standards = find_standard_numbers(text)
    taken = [(s.start, s.end) for s in standards]
    taken += [match.span() for pattern in (_CNAS, _CMA, _BOTH) for match in pattern.finditer(folded)]
    mentions = [m for m in lexicon.mentions(text) if not _overlaps((m.start, m.end), taken)]
    deadlines = [match.span() for match in _DEADLINE.finditer(folded)]
    ranges = [r for r in find_ranges(text) if not _overlaps((r.start, r.end), [*taken, *deadlines])]
    drafts = _with_standards(text, standards, mentions, lexicon)
    drafts += _without_standards(mentions, {d.term for d in drafts}, Place.of(folded))
    _give_ranges(text, drafts, ranges)
    drafts.sort(key=lambda d: d.start)
    drawn = {draft.term for draft in drafts}
    return [
        DrawnNeed(
            _need(text, folded, draft, f"n{number}"),
            draft.confidence,
            tuple(
                Alternative(code, bounded(draft.confidence * NEARBY))
                for code in draft.nearby
                if code not in drawn
            ),
        )
        for number, draft in enumerate(drafts[:MOST_NEEDS], start=1)
    ]


@dataclass(slots=True)
class _Draft:
    term: str | None
    term_span: Span | None
    standard: FoundStandard | None
    confidence: float
    nearby: tuple[str, ...] = ()
    also_at: tuple[int, ...] = ()
    range: Range | None = None
    range_span: Span | None = None

    @property
    def start(self) -> int:
        return min(span[0] for span in self.spans)

    @property
    def spans(self) -> list[Span]:
        standard = (self.standard.start, self.standard.end) if self.standard else None
        return [span for span in (self.term_span, standard, self.range_span) if span is not None]


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _with_standards(
    text: str, standards: Sequence[FoundStandard], mentions: Sequence[TermMention], lexicon: Lexicon
) -> list[_Draft]:
    """Make one draft for each standard named, with the mention of the term it serves or of its own clause."""
    drafts: list[_Draft] = []
    seen: set[str] = set()
    for standard in standards:
        if standard.number.canonical in seen:
            continue
        seen.add(standard.number.canonical)
        served = lexicon.term_of_standard(standard.number.base)
        clause = around(text, standard.start, CLAUSE_END)
        near = [m for m in mentions if clause[0] <= m.start < clause[1]]
        own = [m for m in mentions if m.code == served] if served else near
        mention = min(own, key=lambda m: abs(m.start - standard.start), default=None)
        term = mention.code if mention else served
        others = dict.fromkeys(m.code for m in near if m.code != term)
        drafts.append(
            _Draft(
                term,
                (mention.start, mention.end) if mention else None,
                standard,
                STANDARD_WITH_TERM if served else STANDARD_ALONE,
                tuple(others),
            )
        )
    return drafts


def _without_standards(mentions: Sequence[TermMention], drawn: set[str | None], place: Place) -> list[_Draft]:
    """Make one draft for each term that the text is sure enough to ask for, at its surest mention."""
    by_term: dict[str, list[TermMention]] = {}
    for mention in mentions:
        if mention.code not in drawn:
            by_term.setdefault(mention.code, []).append(mention)
    drafts = []
    for code, found in by_term.items():
        confidence = term_confidence(found, place)
        if confidence >= place.drawn_from:
            best = max(found, key=lambda m: (mention_confidence(m, place), -m.start))
            nearby = tuple(dict.fromkeys(other for mention in found for other in mention.nearby))
            also_at = tuple(mention.start for mention in found if mention is not best)
            drafts.append(_Draft(code, (best.start, best.end), None, confidence, nearby, also_at))
    return drafts


def _give_ranges(text: str, drafts: Sequence[_Draft], ranges: Sequence[FoundRange]) -> None:
    for found in ranges:
        start, end = around(text, found.start, SENTENCE_END)
        near = [d for d in drafts if d.range is None and any(start <= span[0] < end for span in d.spans)]
        if near:
            closest = min(near, key=lambda d: min(abs(span[0] - found.start) for span in d.spans))
            closest.range, closest.range_span = found.range, (found.start, found.end)


def _need(text: str, folded: str, draft: _Draft, need_id: str) -> StatedNeed:
    """Make a need of a draft; `folded` is the text in half-width lower case, with the same offsets."""
    clause = around(text, draft.start, CLAUSE_END)
    named_at = (draft.start, *draft.also_at)
    clauses = [around(text, position, CLAUSE_END) for position in named_at]
    sentences = [around(text, position, SENTENCE_END) for position in named_at]
    asked, asked_span = _asked(folded, dict.fromkeys(clauses + sentences))
    spans: dict[str, Span] = {}
    if draft.term_span:
        spans["capability"] = draft.term_span
    if draft.standard:
        spans["standard"] = (draft.standard.start, draft.standard.end)
    if draft.range_span:
        spans["range"] = draft.range_span
    if asked_span:
        spans["accreditation"] = asked_span
    return StatedNeed(
        id=need_id,
        text=text[clause[0] : clause[1]].strip(),
        capability=draft.term,
        standard=draft.standard.number.canonical if draft.standard else None,
        range=draft.range,
        asked=asked,
        must=_SOFT.search(folded, *clause) is None,
        spans=spans,
    )


def _asked(text: str, spans: Iterable[Span]) -> tuple[Asked, Span | None]:
    """Read the accreditation asked, from the first of the clauses and sentences that says something of it."""
    for span in spans:
        if _NONE.search(text, *span):
            return Asked.NONE, None
        if any_of_them := _ANY.search(text, *span):
            return Asked.EITHER, any_of_them.span()
        cnas = _CNAS.search(text, *span)
        cma = _CMA.search(text, *span) or _LEGAL.search(text, *span)
        both = _BOTH.search(text, *span)
        if cnas and cma:
            first, second = sorted((cnas, cma), key=lambda m: m.start())
            between = text[first.end() : second.start()]
            after = text[second.end() : second.end() + 4]
            either = _EITHER.search(between) or _EITHER.search(after)
            return (Asked.EITHER if either else Asked.BOTH), (first.start(), second.end())
        if both:
            return Asked.BOTH, both.span()
        if cnas:
            return Asked.CNAS, cnas.span()
        if cma:
            return Asked.CMA, cma.span()
    return Asked.NONE, None
