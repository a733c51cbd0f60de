"""Needs as they are sent, read into the form in which they are understood. Pure."""

from collections.abc import Sequence
from datetime import date

from app.errors import InvalidRequest
from app.kit.i18n import Localized
from app.matching import schemas
from app.matching.needs import NeedRefused, StatedNeed, UnderstoodNeed, understand
from app.matching.snapshot import VocabularyView
from app.vocabulary.ranges import Range, RangeRefused, range_of, read_grade


def stated_needs(given: Sequence[schemas.NeedGiven], pointer: str = "/body/needs") -> list[StatedNeed]:
    """Return the needs with an id each. Raises InvalidRequest for an id that stands twice or an unreadable range.

    `pointer` says where they stand in the request.
    """
    needs = []
    seen: set[str] = set()
    for position, need in enumerate(given):
        need_id = need.id or f"n{position + 1}"
        if need_id in seen:
            raise InvalidRequest.at(
                f"{pointer}/{position}/id",
                "duplicate_id",
                Localized(zh=f"需求编号 {need_id} 重复", en=f"The need id {need_id} stands twice"),
            )
        seen.add(need_id)
        needs.append(
            StatedNeed(
                id=need_id,
                text=need.text,
                capability=need.capability or None,
                standard=need.standard or None,
                object=need.object,
                parameter=need.parameter,
                range=_range(need.range, f"{pointer}/{position}/range"),
                asked=need.accreditation,
                must=need.must,
            )
        )
    return needs


def understood_needs(
    stated: Sequence[StatedNeed], vocabulary: VocabularyView, on_date: date, pointer: str = "/body/needs"
) -> list[UnderstoodNeed]:
    """Resolve needs against the vocabulary. Raises InvalidRequest for one that cannot be understood."""
    needs = []
    for position, need in enumerate(stated):
        try:
            needs.append(understand(need, vocabulary, on_date))
        except NeedRefused as refused:
            raise InvalidRequest.at(
                f"{pointer}/{position}/{refused.part}", refused.code, refused.detail
            ) from refused
    return needs


def _range(given: schemas.RangeGiven | None, pointer: str) -> Range | None:
    """Read the range of a need; one without any value asks nothing."""
    if given is None or (given.min is None and given.max is None and given.grade is None):
        return None
    if given.grade is not None:
        grade = read_grade(given.grade)
        if grade is None or given.min is not None or given.max is not None:
            raise InvalidRequest.at(
                f"{pointer}/grade",
                "unreadable_grade",
                Localized(zh="无法识别的等级，或与数值同时给出", en="Not a grade, or given beside numbers"),
            )
        return grade
    try:
        return range_of(given.min, given.max, given.unit or "")
    except RangeRefused as refused:
        raise InvalidRequest.at(pointer, refused.kind, Localized(zh=refused.zh, en=refused.en)) from refused
