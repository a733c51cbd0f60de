"""The names of facet values in the language asked."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.catalogue.params import Facet
from app.kit.i18n import Lang, Localized
from app.models.registry import LeadType, PlatformKind, Tier
from app.registry.labels import names_of
from app.vocabulary.names import Names

_YES_NO = {"true": Localized(zh="是", en="yes"), "false": Localized(zh="否", en="no")}
_SOURCES: Mapping[Facet, Callable[[Names], Mapping[str, Localized]]] = {
    Facet.FIELD: lambda names: names.fields,
    Facet.FUNCTION: lambda names: names.functions,
    Facet.CAPABILITY: lambda names: names.terms,
    Facet.CITY: lambda names: {code: place.name for code, place in names.places.items()},
    Facet.TIER: lambda _: names_of(Tier),
    Facet.KIND: lambda _: names_of(PlatformKind),
    Facet.LEAD_TYPE: lambda _: names_of(LeadType),
    Facet.SCHEME: lambda _: {},
    Facet.VOUCHER: lambda _: _YES_NO,
    Facet.DEMO: lambda _: _YES_NO,
}


def labelled(
    facet: Facet, counts: Iterable[tuple[str, int]], names: Names, lang: Lang
) -> list[dict[str, Any]]:
    """Return `FacetValue`s as JSON values; a value without a name is its own label."""
    return labelled_by(_SOURCES[facet](names), counts, lang)


def labelled_by(
    known: Mapping[str, Localized], counts: Iterable[tuple[str, int]], lang: Lang
) -> list[dict[str, Any]]:
    """Return `FacetValue`s as JSON values with the names that are known."""
    return [
        {
            "value": value,
            "label": known[value].in_lang(lang) if value in known else value,
            "count": count,
        }
        for value, count in counts
    ]
