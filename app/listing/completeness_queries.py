"""What completeness is judged from: the vocabulary, and the scope lines of a draft counted in the database."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.listing.draft_queries import IN_DRAFT
from app.listing.findings_rules import ScopeOfStandard, Vocabulary
from app.listing.lines import LINE
from app.models import metadata
from app.vocabulary.names import Names

_STANDARD = metadata.tables["standard"].c
_TERM = metadata.tables["capability_term"].c
_REGION = metadata.tables["region"].c
_SUPERSESSION = metadata.tables["standard_supersession"].c


async def load_vocabulary(session: AsyncSession, names: Names) -> Vocabulary:
    """Return what items are judged against."""
    successors = defaultdict(list)
    replaced = select(_SUPERSESSION.old, _SUPERSESSION.new, _SUPERSESSION.effective).order_by(
        _SUPERSESSION.new
    )
    for old, new, effective in await session.execute(replaced):
        successors[old].append((new, effective))
    terms = await session.execute(select(_TERM.code, _TERM.designation))
    seats = select(_REGION.code, _REGION.lat, _REGION.lon)
    return Vocabulary(
        names=names,
        listed=frozenset(await session.scalars(select(_STANDARD.base).where(_STANDARD.listed))),
        successors=successors,
        designations={code: said["approval_zh"] for code, said in terms if said},
        seats={
            code: (lat, lon)
            for code, lat, lon in await session.execute(seats)
            if lat is not None and lon is not None
        },
    )


async def scopes(
    session: AsyncSession, accreditation_ids: Collection[int]
) -> Mapping[int, list[ScopeOfStandard]]:
    """Return the lines in the draft of each accreditation, counted by the number they cite."""
    line = LINE.c
    no_range = (
        line.range_min.is_(None)
        & line.range_max.is_(None)
        & line.range_written.is_(None)
        & (line.range_dimension_id.is_(None))
    )
    statement = (
        select(
            line.accreditation_id,
            line.standard_number,
            _STANDARD.base,
            func.count(),
            func.sum(case((no_range, 1), else_=0)),
        )
        .join(_STANDARD.id.table, line.standard_id == _STANDARD.id)
        .where(line.accreditation_id.in_(accreditation_ids), *IN_DRAFT)
        .group_by(line.accreditation_id, line.standard_number, _STANDARD.base)
        .order_by(line.accreditation_id, line.standard_number)
    )
    found: dict[int, list[ScopeOfStandard]] = defaultdict(list)
    for key, number, base, lines, without in await session.execute(statement):
        found[key].append(ScopeOfStandard(number, base, lines, without))
    return found
