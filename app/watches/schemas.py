"""What saved searches and matches take and answer."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.catalogue.params import SearchParams
from app.kit.i18n import Localized, invalid_value
from app.kit.schemas import Given
from app.matching.facts import Verdict
from app.matching.schemas import MATCH_EXAMPLE, MatchRequest
from app.models import Cadence, WatchKind
from app.watches.rules import AlertType

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["过充试验，华东"])]


class SavedSearch(SearchParams, Given):
    """The parameters of `GET /v1/search`, and what fits together there; `cursor`, `limit` and `facets` do not count.

    It is asked for each day anew, so `on_date` does not count either; a search of projects takes none.
    """


class WatchCreate(Given):
    """Exactly one of `search`, `match` and `result_id`."""

    name: Name
    cadence: Cadence = Field(default=Cadence.AT_ONCE, description="daily and weekly: gathered, told once")
    search: SavedSearch | None = Field(
        default=None,
        description="a search of services, platforms, projects of the pool or all of them, in what is public",
        examples=[{"index": "projects", "field": ["new_energy"], "trl": [4, 5, 6]}],
    )
    match: MatchRequest | None = Field(
        default=None, description="a match; constraints do not count", examples=[MATCH_EXAMPLE]
    )
    result_id: uuid.UUID | None = Field(
        default=None, description="a result of one's own organisation: its needs, as they are when looked at"
    )
    on_date: date | None = Field(
        default=None,
        description="the day for which a match is judged; left out, or when it has passed: each day",
    )

    @model_validator(mode="after")
    def _one_thing(self) -> "WatchCreate":
        if [self.search, self.match, self.result_id].count(None) != 2:
            raise invalid_value(
                "one_of_three",
                "search、match、result_id 须恰好给出一个",
                "exactly one of search, match and result_id must be given",
            )
        return self

    @property
    def kind(self) -> WatchKind:
        """Return what is saved."""
        return WatchKind.SEARCH if self.search is not None else WatchKind.MATCH


class WatchUpdate(Given):
    """What is left out stays. To ask something else, save another."""

    name: Name | None = None
    cadence: Cadence | None = None


class NeedWatched(BaseModel):
    """One need of a saved match, as it stood when last looked at."""

    model_config = ConfigDict(frozen=True)

    id: str
    must: bool
    verdict: Verdict = Field(description="the best of all platforms")
    reason: str
    platform_id: uuid.UUID | None = Field(description="one platform that answers so")
    superseded_by: str | None


class WatchRead(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    kind: WatchKind
    name: str
    cadence: Cadence
    search: dict[str, Any] | None
    match: dict[str, Any] | None = Field(description="null for a match of a result")
    result_id: uuid.UUID | None
    on_date: date | None
    needs: list[NeedWatched]
    hits: int | None = Field(description="how many a search found when last looked at")
    looked_at: datetime | None
    created_at: datetime
    stopped_at: datetime | None


class AlertRead(BaseModel):
    """One thing that turned. It is told once, and stays readable here.

    A hit that is found no more before its day is taken back, and not told.
    """

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    type: AlertType
    detail: Localized
    platform_id: uuid.UUID | None
    facts: dict[str, Any] = Field(
        description="`need` (its id), `number` (its place), `before`, `after`, `reason`, `lines`, `successor`; of a "
        "search `hit` (its id), `slug` and `index` (`services`, `platforms` or `projects`)"
    )
    created_at: datetime
    told_at: datetime | None = Field(description="null while it waits for its day")


class WatchStopped(BaseModel):
    """What the link of a mail has done, in words for who followed it."""

    detail: Localized
