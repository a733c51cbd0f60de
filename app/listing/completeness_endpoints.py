"""What a draft still lacks. Who may read it stands in app/listing/draft_policy.py."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.db import SessionDep
from app.errors import problems
from app.kit.clock import business_day
from app.kit.etag import set_etag
from app.kit.i18n import Localized
from app.listing.completeness_usecases import findings_of
from app.listing.findings import Severity, score
from app.registry.errors import PlatformNotFound
from app.registry.params import Key
from app.vocabulary.names import NamesDep

router = APIRouter(tags=["listing"])

Limit = Annotated[int, Query(ge=1, le=1000, description="how many findings to answer at most")]


class FindingRead(BaseModel):
    """One thing that is missing or doubtful."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    code: str = Field(examples=["price_missing"])
    severity: Severity
    pointer: str = Field(
        description="JSON pointer into the draft as `GET /v1/platforms/{platform_id}/draft` shows it",
        examples=["/services/0/document/price_options"],
    )
    why: Localized = Field(description="why it matters")
    mend: Localized = Field(description="how to mend it")
    nearest: list[str] = Field(description="valid values close to what was written, best first")


class CompletenessRead(BaseModel):
    """How complete a draft is."""

    score: int = Field(ge=0, le=100, description="100: nothing is found; an error counts 20, a warning 5, advice 2 "
                       "points, and the score is 100 × 100 / (100 + points), rounded down", examples=[87])  # fmt: skip
    errors: int = Field(description="what keeps the draft from being submitted")
    warnings: int
    advice: int
    findings: list[FindingRead] = Field(description="errors first")


@router.get(
    "/platforms/{platform_id}/completeness",
    summary="完整度检查 Check how complete a draft is",
    responses=problems(PlatformNotFound),
)
async def get_completeness(
    *,
    session: SessionDep,
    names: NamesDep,
    platform_id: Key,
    request: Request,
    response: Response,
    limit: Limit = 200,
) -> CompletenessRead:
    """A score, and everything missing or doubtful: where, why it matters, how to mend it. Without a draft, of what
    is published. The version of the draft is the `ETag`.
    """
    version, found = await findings_of(session, platform_id, names, business_day(request.app.state.clock()))
    set_etag(response, version)
    by_severity = {severity: [one for one in found if one.severity is severity] for severity in Severity}
    ordered = [one for same in by_severity.values() for one in same]
    return CompletenessRead(
        score=score(found),
        errors=len(by_severity[Severity.ERROR]),
        warnings=len(by_severity[Severity.WARNING]),
        advice=len(by_severity[Severity.ADVICE]),
        findings=[FindingRead.model_validate(one) for one in ordered[:limit]],
    )
