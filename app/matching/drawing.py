"""Draws needs from free text: standards, capability terms, ranges and accreditations, each with its span.

Pure. What is drawn is a proposal that the researcher corrects: every need carries the spans it rests on, and the
verdict rules treat it like any stated need.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.matching.facts import Asked
from app.matching.needs import StatedNeed
from app.matching.snapshot import VocabularyView
from app.vocabulary.ranges import FoundRange, Range, find_ranges
from app.vocabulary.rules import occurrences
from search.standard_numbers import FoundStandard, find_standard_numbers
from search.synonyms import SynonymGroup

MOST_NEEDS = 50

_SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s)")
_CLAUSE_END = re.compile(r"[。！？!?；;\n，,：:]|\.(?=\s)")
_SOFT = re.compile(
    r"最好|若能|如能|如果能|能的话|顺便|顺带|可选|有条件|不强求|\b(?:preferably|optional|nice to have)\b",
    re.IGNORECASE,
)
_CNAS = re.compile(
    r"CNAS|(?<!资质)(?<!型式)(?<!客户)(?<!用户)(?<!业主)(?<!买家)(?<!市场)(?<!不)认可(?!度)", re.IGNORECASE
)
_CMA = re.compile(r"(?<![A-Za-z])CMA(?![A-Za-z])|资质认定|计量认证", re.IGNORECASE)
_NONE = re.compile(
    r"(?:不需要|无需|无须|不用|不必|不要求|不强求|没必要|no need for|without)\s*(?:有|带|出)?\s*"
    r"(?:CNAS|CMA|认可|资质)",
    re.IGNORECASE,
)
_BOTH = re.compile(r"双章|双标|两个(?:标[志识]|章)|双资质|\bboth\b", re.IGNORECASE)
_EITHER = re.compile(r"或者?|任一|其一|之一|都行|都可以?|均可|\bor\b|\beither\b", re.IGNORECASE)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TermMention:
    code: str
    start: int
    end: int


class Lexicon:
    """The spellings of capability terms, ready to be found in texts."""

    def __init__(self, vocabulary: VocabularyView, colloquial: Iterable[SynonymGroup] = ()) -> None:
        """`colloquial` are how people put things; a spelling that may mean several terms means none."""
        spellings: dict[str, set[str]] = {}
        for term in vocabulary.terms.values():
            for written in term.spellings:
                spellings.setdefault(_fold(written), set()).add(term.code)
        for group in colloquial:
            meant = {code for head in group.heads for code in vocabulary.terms_named(head)}
            for written in group.triggers if meant else ():
                spellings.setdefault(_fold(written), set()).update(meant)
        self._spellings = {
            written: min(codes)
            for written, codes in spellings.items()
            if len(codes) == 1 and len(written) > 1
        }
        self._vocabulary = vocabulary

    def mentions(self, text: str) -> list[TermMention]:
        """Return where terms are named, in order; where names overlap the longest counts."""
        folded = _fold(text)
        found = [
            TermMention(code, start, start + len(written))
            for written, code in self._spellings.items()
            for start in occurrences(folded, written)
        ]
        found.sort(key=lambda m: (m.start - m.end, m.start, m.code))
        taken: list[TermMention] = []
        for mention in found:
            if all(mention.end <= other.start or other.end <= mention.start for other in taken):
                taken.append(mention)
        return sorted(taken, key=lambda m: m.start)

    def term_of_standard(self, base: str) -> str | None:
        return self._vocabulary.term_of_standard(base)


def _fold(text: str) -> str:
    """Lower the case and the width of every character, one for one, so that offsets hold."""
    return "".join(
        folded if len(folded := unicodedata.normalize("NFKC", char).lower()) == 1 else char for char in text
    )


def draw_needs(text: str, lexicon: Lexicon) -> list[StatedNeed]:
    """Return the needs a text states, in the order of their first span; at most MOST_NEEDS.

    A standard and the term it serves make one need. A range counts for the nearest need of its clause.
    """
    folded = _fold(text)
    standards = find_standard_numbers(text)
    taken = [(s.start, s.end) for s in standards]
    taken += [match.span() for pattern in (_CNAS, _CMA, _BOTH) for match in pattern.finditer(folded)]
    mentions = [m for m in lexicon.mentions(text) if not _overlaps((m.start, m.end), taken)]
    ranges = [r for r in find_ranges(text) if not _overlaps((r.start, r.end), taken)]
    drafts = _with_standards(text, standards, mentions, lexicon)
    drafts += _without_standards(mentions, {d.term for d in drafts})
    _give_ranges(text, drafts, ranges)
    drafts.sort(key=lambda d: d.start)
    return [
        _need(text, folded, draft, f"n{number}") for number, draft in enumerate(drafts[:MOST_NEEDS], start=1)
    ]


@dataclass(slots=True)
class _Draft:
    term: str | None
    term_span: Span | None
    standard: FoundStandard | None
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
        own = [m for m in mentions if m.code == served]
        clause = _around(text, standard.start, _CLAUSE_END)
        if not own and served is None:
            own = [m for m in mentions if clause[0] <= m.start < clause[1]]
        mention = min(own, key=lambda m: abs(m.start - standard.start), default=None)
        term = mention.code if mention else served
        drafts.append(_Draft(term, (mention.start, mention.end) if mention else None, standard))
    return drafts


def _without_standards(mentions: Sequence[TermMention], drawn: set[str | None]) -> list[_Draft]:
    drafts = {}
    for mention in mentions:
        if mention.code not in drawn and mention.code not in drafts:
            drafts[mention.code] = _Draft(mention.code, (mention.start, mention.end), None)
    return list(drafts.values())


def _give_ranges(text: str, drafts: Sequence[_Draft], ranges: Sequence[FoundRange]) -> None:
    for found in ranges:
        start, end = _around(text, found.start, _SENTENCE_END)
        near = [d for d in drafts if d.range is None and any(start <= span[0] < end for span in d.spans)]
        if near:
            closest = min(near, key=lambda d: min(abs(span[0] - found.start) for span in d.spans))
            closest.range, closest.range_span = found.range, (found.start, found.end)


def _around(text: str, position: int, boundary: re.Pattern[str]) -> Span:
    """Return the stretch of text between two boundaries that holds a position."""
    start = 0
    for match in boundary.finditer(text):
        if match.start() >= position:
            return start, match.start()
        start = match.end()
    return start, len(text)


def _need(text: str, folded: str, draft: _Draft, need_id: str) -> StatedNeed:
    """Make a need of a draft; `folded` is the text in half-width lower case, with the same offsets."""
    sentence = _around(text, draft.start, _SENTENCE_END)
    clause = _around(text, draft.start, _CLAUSE_END)
    asked, asked_span = _asked(folded, clause, sentence)
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


def _asked(text: str, clause: Span, sentence: Span) -> tuple[Asked, Span | None]:
    """Read the accreditation asked, from the clause or else from its sentence."""
    for span in (clause, sentence):
        if _NONE.search(text, *span):
            return Asked.NONE, None
        cnas, cma = _CNAS.search(text, *span), _CMA.search(text, *span)
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
