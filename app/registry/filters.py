"""Conditions on platforms and services in SQL, each with the meaning that the search index gives it.

An empty collection of values matches nothing.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, false, func, or_, select

from app.models import AccreditationState, PriceKind, Scheme, metadata
from search.standard_numbers import StandardNumber, standard_key

Condition = ColumnElement[bool]

_ACCREDITATION = metadata.tables["accreditation"]
_CAPABILITY = metadata.tables["capability"]
_PLATFORM = metadata.tables["platform"]
_PLATFORM_FIELD = metadata.tables["platform_field"]
_PRICE = metadata.tables["price_option"]
_SCOPE_LINE = metadata.tables["scope_line"]
_SERVICE = metadata.tables["service"]
_SERVICE_FIELD = metadata.tables["service_field"]
_STANDARD = metadata.tables["standard"]
_SUSPENSION = metadata.tables["suspension"]


def platform_in_region(codes: Collection[str]) -> Condition:
    """The platform lies in one of the cities or counties; the code of a city (GB/T 2260) ends in 00."""
    region = _PLATFORM.c.region_code
    cities = [code for code in codes if code.endswith("00")]
    return or_(region.in_(codes), *(region.between(code, code[:4] + "99") for code in cities))


def platform_has_field(codes: Collection[str]) -> Condition:
    return _PLATFORM.c.id.in_(
        select(_PLATFORM_FIELD.c.platform_id).where(_PLATFORM_FIELD.c.field_code.in_(codes))
    )


def service_has_field(codes: Collection[str]) -> Condition:
    return _SERVICE.c.id.in_(
        select(_SERVICE_FIELD.c.service_id).where(_SERVICE_FIELD.c.field_code.in_(codes))
    )


def service_has_term(codes: Collection[str]) -> Condition:
    """One of the service's capabilities is of one of these capability terms."""
    return _SERVICE.c.id.in_(select(_CAPABILITY.c.service_id).where(_CAPABILITY.c.term_code.in_(codes)))


def service_has_standard(numbers: Collection[StandardNumber]) -> Condition:
    """One of the service's capabilities cites one of the standards: that edition, or any when no year is given."""
    citing = select(_CAPABILITY.c.service_id)
    return or_(false(), *(_SERVICE.c.id.in_(_citing(citing, _CAPABILITY, number)) for number in numbers))


def platform_offers(services: Condition) -> Condition:
    """One of the platform's services meets the condition."""
    return _PLATFORM.c.id.in_(select(_SERVICE.c.platform_id).where(services))


def platform_has_standard(numbers: Collection[StandardNumber]) -> Condition:
    """A service of the platform or a line of its scopes cites one of the standards, whatever its accreditation."""
    scopes = (
        select(_ACCREDITATION.c.platform_id)
        .join(_SCOPE_LINE, _SCOPE_LINE.c.accreditation_id == _ACCREDITATION.c.id)
        .where(_SCOPE_LINE.c.live)
    )
    return or_(
        platform_offers(service_has_standard(numbers)),
        *(_PLATFORM.c.id.in_(_citing(scopes, _SCOPE_LINE, number)) for number in numbers),
    )


def _citing(rows: Select[Any], citing: FromClause, number: StandardNumber) -> Select[Any]:
    cited = rows.join(_STANDARD, citing.c.standard_id == _STANDARD.c.id).where(
        _STANDARD.c.key == standard_key(number.base)
    )
    return cited if number.year is None else cited.where(citing.c.standard_number == number.canonical)


def platform_is_accredited(schemes: Sequence[Scheme], on_date: date) -> Condition:
    """The platform has a published accreditation of one of the schemes that is granted and valid on the date."""
    return _PLATFORM.c.id.in_(
        select(_ACCREDITATION.c.platform_id).where(
            _ACCREDITATION.c.scheme.in_(schemes), _ACCREDITATION.c.live, granted_and_valid(on_date)
        )
    )


def platform_is_open(on_date: date) -> Condition:
    """The platform is not suspended on the date."""
    return ~exists().where(_SUSPENSION.c.platform_id == _PLATFORM.c.id, suspension_holds(on_date))


def suspension_holds(on_date: date) -> Condition:
    """The suspension was not lifted and holds on the date. Twin of `app.registry.rules.is_suspended`."""
    return and_(
        _SUSPENSION.c.lifted_at.is_(None),
        _SUSPENSION.c.from_date <= on_date,
        or_(_SUSPENSION.c.to_date.is_(None), _SUSPENSION.c.to_date >= on_date),
    )


def granted_and_valid(on_date: date) -> Condition:
    """The accreditation is `granted` by `app.registry.rules.accreditation_status`."""
    return and_(
        _ACCREDITATION.c.state == AccreditationState.GRANTED,
        _ACCREDITATION.c.valid_from <= on_date,
        _ACCREDITATION.c.valid_to >= on_date,
    )


def lowest_price() -> ColumnElement[Any]:
    """The service's lowest stated fee in CNY; null when there is none, as for negotiable prices."""
    return (
        select(func.min(_PRICE.c.min_cny))
        .where(_PRICE.c.service_id == _SERVICE.c.id, _PRICE.c.kind != PriceKind.NEGOTIABLE)
        .correlate(_SERVICE)
        .scalar_subquery()
    )


def service_takes_trl(trl: int) -> Condition:
    """A result at this readiness level can enter: entry TRL <= trl <= exit TRL, both stated."""
    return and_(_SERVICE.c.entry_trl <= trl, _SERVICE.c.exit_trl >= trl)
