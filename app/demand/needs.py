"""The needs of results as they are compared, understood once for each vocabulary."""

from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from app.errors import InvalidRequest
from app.matching.facts import Need
from app.matching.given import stated_needs
from app.matching.needs import NeedRefused, StatedNeed, understand
from app.matching.schemas import NeedGiven
from app.matching.snapshot import VocabularyView

MOST_KEPT = 60_000

# What a need is does not depend on the day; only what it is warned of does.
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Asking:
    """A need of a result. Those that are compared alike, whatever their id and words, have the same `shape`."""

    need: Need
    stated: StatedNeed
    shape: object


class NeedReader:
    """Reads needs from the JSON in which they are kept; what it read under the present vocabulary it remembers."""

    def __init__(self) -> None:
        self._vocabulary = ""
        self._known: dict[str, Asking | None] = {}
        self._shapes: dict[tuple[object, ...], object] = {}

    def read(self, stated: str, vocabulary: VocabularyView) -> Asking | None:
        """Return the need; None for one that the vocabulary does not understand any more."""
        if vocabulary.version != self._vocabulary or len(self._known) > MOST_KEPT:
            self._vocabulary, self._known, self._shapes = vocabulary.version, {}, {}
        if stated not in self._known:
            self._known[stated] = self._understood(stated, vocabulary)
        return self._known[stated]

    def _understood(self, stated: str, vocabulary: VocabularyView) -> Asking | None:
        try:
            [given] = stated_needs([NeedGiven.model_validate_json(stated)])
            need = understand(given, vocabulary, _ANY_DAY).need
        except (ValidationError, InvalidRequest, NeedRefused):
            return None
        shape = (
            need.term,
            need.standard,
            need.edition,
            need.asked,
            need.range,
            need.objects,
            need.parameters,
        )
        return Asking(need, given, self._shapes.setdefault(shape, object()))
