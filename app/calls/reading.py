"""Calls as they are answered."""

from collections.abc import Sequence
from datetime import datetime

from app.calls import schemas
from app.calls.rubric import stored_rubric
from app.calls.rules import state_of
from app.kit.i18n import Localized
from app.membership.reading import Reader
from app.membership.schemas import OrganisationName
from app.models import Call, Organisation, Platform
from app.vocabulary.names import label
from app.vocabulary.schemas import Coded


def title_of(call: Call) -> Localized:
    return Localized(zh=call.title_zh, en=call.title_en)


def fields_of(reader: Reader, codes: Sequence[str]) -> list[Coded]:
    """Return the industry fields with their names."""
    return [Coded(code=code, label=label(reader.names.fields, code, reader.lang)) for code in codes]


def places_of(reader: Reader, region_code: str | None) -> tuple[str, ...]:
    """Return the codes of a place: its own, those of its city and its province; empty for none."""
    if region_code is None:
        return ()
    city = reader.names.city_of(region_code)
    cities = () if city is None else (city.code,)
    return tuple(dict.fromkeys((region_code, *cities, f"{region_code[:2]}0000")))


def read_call(
    reader: Reader, call: Call, platform: Platform | None, operator: Organisation | None, now: datetime
) -> schemas.CallRead:
    """Return the call as everybody may read it."""
    described = call.description_zh is not None
    return schemas.CallRead(
        id=call.uid,
        slug=call.slug,
        title=title_of(call),
        description=Localized(zh=call.description_zh or "", en=call.description_en) if described else None,
        owner=_owner(reader, call, platform, operator),
        fields=fields_of(reader, call.fields),
        regions=[reader.region(code) for code in call.regions],
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        state=state_of(call.opens_at, call.closes_at, call.cancelled_at, now),
        cancelled_at=call.cancelled_at,
        cancel_reason=call.cancel_reason,
        rubric=list(stored_rubric(call.rubric)),
        required=call.required,
        experts_per_result=call.experts_per_result,
        disagreement_bound=call.disagreement_bound,
        demo=call.demo,
    )


def _owner(
    reader: Reader, call: Call, platform: Platform | None, operator: Organisation | None
) -> schemas.CallOwner:
    centre = organisation = None
    if platform is not None:
        name = Localized(zh=platform.name_zh, en=platform.name_en)
        centre = schemas.CallPlatform(id=platform.uid, slug=platform.slug, name=name)
    if operator is not None:
        name = Localized(zh=operator.name_zh, en=operator.name_en)
        organisation = OrganisationName(id=operator.uid, slug=operator.slug, name=name)
    region = call.region_code if platform is None else platform.region_code
    return schemas.CallOwner(
        platform=centre,
        organisation=organisation,
        department=call.department,
        region=None if region is None else reader.region(region),
    )
