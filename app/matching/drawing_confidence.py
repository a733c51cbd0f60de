"""How sure it is that a text asks for what it names: by the words, and by the sentence they stand in. Pure.

An abstract tells what was made and what is missing in one breath: a test named among what was done is no need, and
who asks uses other words than who reports. The numbers were set on the gold abstracts of the evaluation; they are
an order with a threshold, not a probability.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.matching.lexicon import TermMention, Wording

Span = tuple[int, int]

_DRAWN_FROM, _DRAWN_FROM_A_QUESTION = 0.55, 0.35
_LATIN_WORD = re.compile(r"[a-z0-9]+")
_QUESTION_LENGTH = 60
"""Characters, a Latin word counting as one: who writes no more asks; an abstract, which tells as much, is longer."""
STANDARD_WITH_TERM, STANDARD_ALONE = 0.95, 0.8
"""A number of a standard is a need in itself, the surest where it is known which term it serves."""

_BY_WORDING: Mapping[Wording, float] = {
    Wording.NAME: 0.75,
    Wording.PHRASE: 0.65,
    Wording.SYNONYM: 0.6,
    Wording.COLLOQUIAL: 0.4,
}
_SHORT, _SHORT_LENGTH = -0.05, 2
_ASKED, _ASKED_BESIDE, _NOT_ASKED, _TOLD, _REFUSED = 0.15, -0.05, -0.1, -0.3, -0.5
_AGAIN, _MOST_AGAIN = 0.05, 2
_REACH = 200
"""How many characters away a word still speaks of a mention, in a sentence without an end."""
NEARBY = 0.5
"""How sure another term is that the same words may mean, against the one that was drawn."""
UNCLEAR = 0.4
"""How sure words are that may mean several terms alike; it is shared among them."""

SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s)")
CLAUSE_END = re.compile(r"[。！？!?；;\n，,：:]|\.(?=\s)")

_ASKS = re.compile(
    r"需要|必须|希望|想|请|要求|要(?!么|是)|报告|资质|认可|法定|双章|盖章|的章|检测|测试|测一|试验|验证|证明|送检|委托"
    r"|出具|找.{0,4}[家人个位]|数据|评估|证书|鉴定|看看|查清|最好|顺便|顺手|顺带|招标|指定|才认|才肯"
    r"|\b(?:needs?|require[sd]?|want|must|report|test(?:ed|ing)?|accredited)\b"
)
_TELLS = re.compile(
    r"我们(?!.{0,8}(?:想|要|需|希望|最怕|担心))|课题组|团队|实验室[里一用做小]|在实验室|校内|已经|已在|已与|目前|现有|传统"
    r"|原工艺|原来|去年|以前|采用|设计了|做了|做出|合成了|开发了|开发的|研制|改了|提高了?.{0,3}[倍成]|达到|论文"
    r"|\b(?:we have|have been|was|were|our)\b"
)
_REFUSES = re.compile(
    r"(?:不需要|无需|无须|不用|不必|不做|不测|不考虑|没必要|no need for|without)[^，,。；;]{0,6}$"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A text with its spans in half-width lower case, and what kinds of sentences it has."""

    text: str
    lone: bool

    @property
    def drawn_from(self) -> float:
        """Return how sure a need must be to be drawn: a question names little but what it asks."""
        asks = self.lone or len(_LATIN_WORD.sub("w", self.text)) <= _QUESTION_LENGTH
        return _DRAWN_FROM_A_QUESTION if asks else _DRAWN_FROM

    @classmethod
    def of(cls, folded: str) -> "Place":
        """Return a text; `lone` where it is but one sentence, so that what it names is what it asks."""
        sentences = [part for part in SENTENCE_END.split(folded) if part.strip()]
        return cls(folded, len(sentences) < 2)


def around(text: str, position: int, boundary: re.Pattern[str]) -> Span:
    """Return the stretch of text between two boundaries that holds a position."""
    starts, ends = _boundaries(text, boundary)
    after = bisect_left(starts, position)
    return (ends[after - 1] if after else 0), (starts[after] if after < len(starts) else len(text))


@lru_cache(maxsize=8)
def _boundaries(text: str, boundary: re.Pattern[str]) -> tuple[list[int], list[int]]:
    """Return where the boundaries of a text start and end; kept, for every mention asks again."""
    spans = [match.span() for match in boundary.finditer(text)]
    return [start for start, _ in spans], [end for _, end in spans]


def mention_confidence(mention: TermMention, place: Place) -> float:
    """Return how sure it is that a mention is a need; in one and the same place the plainer words are surer."""
    sure = _BY_WORDING[mention.wording]
    if mention.wording is not Wording.NAME and mention.end - mention.start <= _SHORT_LENGTH:
        sure += _SHORT
    clause = around(place.text, mention.start, CLAUSE_END)
    if _REFUSES.search(place.text[max(clause[0], mention.start - _REACH) : mention.start]):
        return sure + _REFUSED
    if _asks_around(mention, place.text, clause):
        return sure + _ASKED
    if place.lone:
        return sure
    sentence = around(place.text, mention.start, SENTENCE_END)
    if _is_heading(place.text, sentence):
        return sure
    if _asks_around(mention, place.text, sentence):
        return sure + _ASKED_BESIDE
    near = (max(sentence[0], mention.start - _REACH), min(sentence[1], mention.end + _REACH))
    return sure + (_TOLD if _TELLS.search(place.text, *near) else _NOT_ASKED)


def _asks_around(mention: TermMention, text: str, span: Span) -> bool:
    """Tell whether a stretch of text asks for something near the mention, besides by its own words."""
    before = (max(span[0], mention.start - _REACH), mention.start)
    after = (mention.end, min(span[1], mention.end + _REACH))
    return any(_ASKS.search(text, *part) is not None for part in (before, after))


def _is_heading(text: str, sentence: Span) -> bool:
    """Tell whether a sentence is a line without a full stop: a title, or a list of keywords."""
    start, end = sentence
    return (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end] == "\n")


def term_confidence(mentions: Sequence[TermMention], place: Place) -> float:
    """Return how sure it is that a text asks for a term, from 0 to 1: by its surest mention, a little by the others."""
    best = max(mention_confidence(mention, place) for mention in mentions)
    return bounded(best + _AGAIN * min(len(mentions) - 1, _MOST_AGAIN))


def bounded(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 2)
