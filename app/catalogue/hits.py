"""Stored payloads to hits, as plain JSON values: this is the hot path, so no model is built on the way.

`SearchHit` declares their shape; tests hold every answer to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.catalogue.asked import Circle
from app.catalogue.rules import distance_km
from search.highlight import Highlighter

Payload = Mapping[str, Any]

_HIGHLIGHTED = (
    ("title.zh", "title_zh"),
    ("title.en", "title_en"),
    ("description.zh", "description_zh"),
    ("description.en", "description_en"),
)


def hit(
    payload: Payload, score: float, highlighter: Highlighter | None, circle: Circle | None
) -> dict[str, Any]:
    """Return one hit. `highlighter` is None where there are no words to find."""
    platform = payload["platform"]
    price = payload.get("price_min_cny")
    function = payload["function"]
    is_service = not isinstance(function, list)
    return {
        "id": payload["id"],
        "slug": payload["slug"],
        "title": localized(payload["title_zh"], payload["title_en"]),
        "description": localized(payload["description_zh"], payload["description_en"]),
        "platform": {
            "id": platform["id"],
            "slug": platform["slug"],
            "name": localized(platform["name_zh"], platform["name_en"]),
            "kind": payload["kind"],
            "tier": payload["tier"],
            "lead_type": payload["lead_type"],
            "city": payload["city"],
            "region": platform["region_code"],
            "lat": platform["lat"],
            "lon": platform["lon"],
            "demo": platform["demo"],
        },
        "score": score,
        "highlights": [] if highlighter is None else highlights(payload, highlighter),
        "field": payload["field"],
        "function": function if is_service else None,
        "functions": function if not is_service else [] if function is None else [function],
        "capability": payload["capability"],
        "city": payload["city"],
        "region": platform["region_code"],
        "tier": payload["tier"],
        "kind": payload["kind"],
        "lead_type": payload["lead_type"],
        "price_min_cny": None if price is None else f"{price:.2f}",
        "lead_time_days": payload.get("lead_time_days"),
        "entry_trl": payload.get("entry_trl"),
        "exit_trl": payload.get("exit_trl"),
        "voucher_accepted": payload.get("voucher_accepted"),
        "distance_km": _distance(platform, circle),
        "demo": platform["demo"],
    }


def localized(zh: str | None, en: str | None) -> dict[str, str | None] | None:
    """Return a text in both languages; None where there is none."""
    text = en if zh is None else zh
    return None if text is None else {"zh": text, "en": en}


def highlights(payload: Payload, highlighter: Highlighter) -> list[dict[str, Any]]:
    """Return where the words are found in titles and descriptions."""
    found = []
    for field, name in _HIGHLIGHTED:
        text = payload[name]
        if text and (ranges := highlighter.ranges(text)):
            found.append({"field": field, "text": text, "ranges": ranges})
    return found


def _distance(platform: Mapping[str, Any], circle: Circle | None) -> float | None:
    if circle is None or platform["lat"] is None or platform["lon"] is None:
        return None
    return round(distance_km(circle.lat, circle.lon, platform["lat"], platform["lon"]), 3)


def hits(
    found: Sequence[tuple[Payload, float]], highlighter: Highlighter | None, circle: Circle | None
) -> list[dict[str, Any]]:
    return [hit(payload, score, highlighter, circle) for payload, score in found]
