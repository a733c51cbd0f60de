"""Results that wait, for tests."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.demand.needs import Shape
from app.demand.pool import WaitingNeed, WaitingResult
from app.models import DisclosureTier, Result, ResultNeed, ResultState
from search.standard_numbers import parse_standard_number
from tests.factories.registry import stored


def waiting_result(number: int, shapes: Sequence[Shape], **known: Any) -> WaitingResult:
    """A pooled result of which everything is a must."""
    needs = tuple(WaitingNeed(f"n{place}", True, shape) for place, shape in enumerate(shapes, start=1))
    values = {
        "id": number,
        "uid": UUID(int=number),
        "key": str(UUID(int=number)),
        "slug": f"result-{number}",
        "number": 1,
        "state": ResultState.POOLED,
        "since": date(2026, 11, 1),
        "window": None,
        "project": None,
        "fields": ("new_energy",),
        "region_code": "330100",
        "demo": False,
        "needs_tier": DisclosureTier.MEMBERS,
        "budget_tier": None,
        "needs": needs,
        "must": len(needs),
        **known,
    }
    return WaitingResult(**values)


async def write_needs(session: AsyncSession, result: Result, needs: Sequence[dict[str, Any]]) -> None:
    """Write the flat needs of a result as its submission does."""
    assert result.id is not None
    for need in needs:
        cited = parse_standard_number(need["standard"]) if "standard" in need else None
        await stored(
            session,
            ResultNeed(
                result_id=result.id,
                need_key=need["id"],
                must=need.get("must", True),
                capability=need.get("capability"),
                standard_base=cited.base if cited else None,
                stated=need,
            ),
        )
