"""How much of results and of their needs somebody may see beside feedback and data tasks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.calls.rules import CallState, state_of
from app.disclosure.clearance import clearances, reads_as
from app.disclosure.readings import Reading
from app.disclosure.rules import Clearance, disclosed, is_known, tier_of
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.membership.reading import key_of
from app.models import Call, DisclosureTier, MatchRun, Result, ResultVersion
from app.runs.feedback_schemas import NeedShown, ResultShown
from app.runs.packing import document_of

_NEEDS = "needs"


@dataclass(frozen=True)
class Sight:
    """What one reader may see of one result; `clearance` None: not even that it is there."""

    result: Result
    version: ResultVersion
    clearance: Clearance | None

    def covers(self, field: str) -> bool:
        """Tell whether a field may be read."""
        return self.clearance is not None and self.clearance.covers(tier_of(field, self.version.tiers))

    @property
    def shows_needs(self) -> bool:
        return self.covers(_NEEDS)

    def document(self) -> Mapping[str, Any]:
        """Return what may be read of what the matched version says."""
        if self.clearance is None:
            return {}
        return disclosed(self.version.document, self.version.tiers, self.clearance).document

    def reading(self, fields: Iterable[str] = (_NEEDS,)) -> Reading:
        """Return what is to be recorded where these fields are shown; a run has needs also where a version has none."""
        if self.clearance is None or self.clearance.owns:
            return Reading(self.result.uid, self.version.number, {})
        said = disclosed(self.version.document, self.version.tiers, self.clearance).confidential
        fields = [field for field in fields if field == _NEEDS or field in said]
        tiers = {field: tier_of(field, self.version.tiers) for field in fields if self.covers(field)}
        above = {field: tier for field, tier in tiers.items() if tier is not DisclosureTier.PUBLIC}
        return Reading(self.result.uid, self.version.number, above)

    def shown(self) -> ResultShown | None:
        if self.clearance is None:
            return None
        title = Localized.model_validate(self.document()["title"])
        return ResultShown(id=self.result.uid, slug=self.result.slug, title=title)

    def need(self, run: MatchRun, need_id: str) -> NeedShown:
        """Return a need of the run's answer; what is above the reader's tier is withheld."""
        found = next((n for n in document_of(run.answer)["needs"] if n["id"] == need_id), None)
        must = None if found is None else found["must"]
        if found is None or not self.shows_needs:
            return NeedShown(id=need_id, must=must, withheld=tier_of(_NEEDS, self.version.tiers))
        return NeedShown(
            id=need_id,
            must=must,
            withheld=None,
            text=found["text"],
            capability=found["capability"],
            standard=found["standard"],
        )


async def sights(
    session: AsyncSession,
    principal: Principal,
    rows: Sequence[tuple[Result, ResultVersion, Call | None]],
    *,
    now: datetime,
) -> list[Sight]:
    """Return what the principal may see of each, in a few statements whatever their number."""
    reader = reads_as(principal)
    keys = [key_of(result) for result, _, _ in rows]
    found = await clearances(session, reader, keys, today=business_day(now))
    return [
        Sight(result, version, _known(result, call, found[key_of(result)], now))
        for result, version, call in rows
    ]


def _known(result: Result, call: Call | None, cleared: Clearance, now: datetime) -> Clearance | None:
    is_open = call is not None and (
        state_of(call.opens_at, call.closes_at, call.cancelled_at, now) is CallState.OPEN
    )
    return cleared if is_known(result.state, cleared, call_is_open=is_open) else None
