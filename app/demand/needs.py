"""The needs of results as they are compared."""

from datetime import date

from pydantic import ValidationError

from app.errors import InvalidRequest
from app.matching.facts import Need
from app.matching.given import stated_needs
from app.matching.needs import NeedRefused, understand
from app.matching.schemas import NeedGiven
from app.matching.snapshot import VocabularyView

# What a need is does not depend on the day; only what it is warned of does.
_ANY_DAY = date(2000, 1, 1)


class Shape:
    """A need as it is compared. Needs that are compared alike, whatever their id and words, are of one shape."""

    __slots__ = ("need",)

    def __init__(self, need: Need) -> None:
        self.need = need


class NeedReader:
    """Reads needs from the JSON in which they are kept, and finds those of one shape."""

    def __init__(self, vocabulary: VocabularyView) -> None:
        self._vocabulary = vocabulary
        self._shapes: dict[tuple[object, ...], Shape] = {}

    def read(self, stated: str) -> Shape | None:
        """Return the shape of a need; None for one that the vocabulary does not understand any more."""
        try:
            [given] = stated_needs([NeedGiven.model_validate_json(stated)])
            need = understand(given, self._vocabulary, _ANY_DAY).need
        except (ValidationError, InvalidRequest, NeedRefused):
            return None
        compared = (
            need.term,
            need.standard,
            need.edition,
            need.asked,
            need.range,
            need.objects,
            need.parameters,
        )
        return self._shapes.setdefault(compared, Shape(need))
