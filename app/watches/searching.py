"""What a saved search finds anew."""

import uuid
from collections.abc import Iterable
from typing import Any

from app.errors import InvalidRequest
from app.kit.i18n import Localized
from app.watches import wording
from app.watches.rules import MOST_HITS, AlertType, cause_of


def too_many_hits(total: int) -> InvalidRequest:
    """Return the error for a search that finds more than can be told apart."""
    return InvalidRequest.at(
        "/body/search",
        "too_many_hits",
        Localized(
            zh=f"该检索有 {total} 条结果，最多 {MOST_HITS} 条才能保存，请加上条件",
            en=f"It finds {total}; at most {MOST_HITS} can be saved. Please narrow it",
        ),
    )


def new_hits(watch_id: int, seen: Iterable[str], documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the alerts of what was not seen before. Each hit is one cause, for as long as the search is saved."""
    known = frozenset(seen)
    return [_alert(watch_id, document) for document in documents if document["id"] not in known]


def _alert(watch_id: int, document: dict[str, Any]) -> dict[str, Any]:
    title = Localized(zh=document["title_zh"], en=document.get("title_en"))
    return {
        "watch_id": watch_id,
        "cause": cause_of(AlertType.NEW_HIT, str(document["id"]), None, "", None),
        "type": AlertType.NEW_HIT.value,
        "platform_uid": uuid.UUID(document["platform"]["id"]),
        "payload": {
            "detail": wording.new_hit(title).model_dump(),
            "facts": {"hit": str(document["id"]), "slug": document["slug"]},
        },
    }
