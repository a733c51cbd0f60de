"""Results that say much the same: to the owner what the owner may know, to the people of a call all of them.

Comparing one result with 10,000 reads their fingerprints, some 10 MB, in about 0.2 s.
"""

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from app.membership.reading import key_of
from app.models import Result, ResultState
from app.results import queries, schemas
from app.results.reading import organisation_name, title_of_result
from app.results.similarity import ALIKE, likeness

MOST_SHOWN = 20


async def known_duplicates(
    session: AsyncSession, result: Result, own: Collection[int]
) -> list[schemas.DuplicateRead]:
    """Return those of one's own organisations by all they say, and pooled ones of others by what of them is public.

    Others are not even counted, and nothing can be learnt of the confidential text of a pooled one.
    """
    others = await queries.submitted_others(session, key_of(result))
    mine = [one for one in others if one[1] in own]
    public = [one for one in others if one[1] not in own and one[2] is ResultState.POOLED]
    found = _alike(result.fingerprint, {one[0]: one[3] for one in mine})
    found |= _alike(result.public_fingerprint, {one[0]: one[4] for one in public})
    return await _read(session, found)


async def all_duplicates(session: AsyncSession, key: str) -> schemas.DuplicatesRead:
    """Return every submitted result that says much the same as this one. Raises ResultNotFound."""
    result = await queries.get_result(session, key)
    others = await queries.submitted_others(session, key_of(result))
    found = _alike(result.fingerprint, {one[0]: one[3] for one in others})
    return schemas.DuplicatesRead(items=await _read(session, found))


def _alike(fingerprint: list[int], others: Mapping[int, list[int]]) -> dict[int, float]:
    """Return the likeness of those that are alike, by their keys."""
    found = zip(others, likeness(fingerprint, list(others.values())), strict=True)
    return {key: value for key, value in found if value >= ALIKE}


async def _read(session: AsyncSession, found: Mapping[int, float]) -> list[schemas.DuplicateRead]:
    order = sorted(found, key=lambda key: (-found[key], key))[:MOST_SHOWN]
    rows = await queries.results_with_owner(session, order)
    versions = await queries.versions_by_key(
        session, {(key, rows[key][0].submitted or rows[key][0].newest) for key in order}
    )
    return [
        schemas.DuplicateRead(
            id=rows[key][0].uid,
            slug=rows[key][0].slug,
            title=title_of_result(versions[key]),
            organisation=organisation_name(rows[key][1]),
            state=rows[key][0].state,
            likeness=round(found[key], 2),
        )
        for key in order
    ]
