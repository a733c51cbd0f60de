"""Drawing needs from free text, for the researcher to confirm or correct. Nothing is stored, nothing is judged."""

from collections.abc import Iterable
from datetime import date

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.i18n import Lang
from app.matching import schemas
from app.matching.drawing import DrawnNeed, draw
from app.matching.drawing_confidence import UNCLEAR
from app.matching.drawing_constraints import draw_constraints
from app.matching.lexicon import Ambiguity, Lexicon
from app.matching.needs import understand
from app.matching.presentation import need_read, term_label
from app.matching.snapshot import VocabularyView
from app.matching.snapshot_cache import SnapshotCache


async def draw_needs_of_text(
    session: AsyncSession, cache: SnapshotCache, request: schemas.DrawRequest, *, today: date, lang: Lang
) -> schemas.DrawRead:
    """Return the needs and constraints that a text states, each with its spans."""
    snapshot, lexicon = await cache.get(session)
    return await to_thread.run_sync(_draw, request, snapshot.vocabulary, lexicon, today, lang)


def _draw(
    request: schemas.DrawRequest, vocabulary: VocabularyView, lexicon: Lexicon, today: date, lang: Lang
) -> schemas.DrawRead:
    text, on_date = request.text, request.on_date or today
    drawn = draw(text, lexicon)
    needs = [_need(each, text, vocabulary, on_date, lang) for each in drawn]
    constraints = draw_constraints(text, vocabulary.places, on_date)
    given = schemas.ConstraintsGiven.model_validate({each.name: each.value for each in constraints})
    spans = [_span(each.name, each.start, each.end, text) for each in constraints]
    return schemas.DrawRead(
        needs=needs,
        constraints=schemas.ConstraintsUnderstood(**given.model_dump(), spans=spans),
        unclear=[
            _unclear(each, text, vocabulary, lang)
            for each in _beside(lexicon.ambiguities(text), [span for need in needs for span in need.spans])
        ],
        vocabulary_version=vocabulary.version,
    )


def _need(
    drawn: DrawnNeed, text: str, vocabulary: VocabularyView, on_date: date, lang: Lang
) -> schemas.NeedDrawn:
    understood = understand(drawn.stated, vocabulary, on_date)
    read = need_read(understood, text, lang, drawn=True)
    alternatives = sorted(drawn.alternatives, key=lambda each: -each.confidence)
    return schemas.NeedDrawn(
        **read.model_dump(),
        confidence=drawn.confidence,
        alternatives=[_proposed(each.code, each.confidence, vocabulary, lang) for each in alternatives],
    )


def _proposed(code: str, confidence: float, vocabulary: VocabularyView, lang: Lang) -> schemas.Proposed:
    label = term_label(vocabulary.terms[code], lang)
    return schemas.Proposed(capability=code, label=label, confidence=confidence)


def _unclear(words: Ambiguity, text: str, vocabulary: VocabularyView, lang: Lang) -> schemas.UnclearWords:
    each = round(UNCLEAR / len(words.codes), 2)
    return schemas.UnclearWords(
        span=_span("capability", words.start, words.end, text),
        alternatives=[_proposed(code, each, vocabulary, lang) for code in words.codes],
    )


def _beside(found: Iterable[Ambiguity], spans: Iterable[schemas.Span]) -> list[Ambiguity]:
    """Return the unclear words that lie outside of what was drawn, and outside each other."""
    taken = [(span.start, span.end) for span in spans]
    kept = []
    for each in found:
        if all(each.end <= start or end <= each.start for start, end in taken):
            taken.append((each.start, each.end))
            kept.append(each)
    return kept


def _span(name: str, start: int, end: int, text: str) -> schemas.Span:
    return schemas.Span(of=name, start=start, end=end, text=text[start:end])
