"""Keeps the snapshot of the newest catalogue version in memory, one for the process."""

import asyncio
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.matching.lexicon import Lexicon
from app.matching.queries import catalogue_version, load_snapshot
from app.matching.snapshot import Snapshot
from search.synonyms import SynonymGroup


class SnapshotCache:
    """Asks the database for its version at every use, so that a change is seen in the next match."""

    def __init__(
        self,
        colloquial: Sequence[SynonymGroup] = (),
        phrases: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`colloquial` are the ways people put things, `phrases` how a need is put: for drawing needs from texts."""
        self._colloquial, self._phrases = colloquial, phrases
        self._kept: tuple[Snapshot, Lexicon] | None = None
        self._loading = asyncio.Lock()

    async def get(self, session: AsyncSession) -> tuple[Snapshot, Lexicon]:
        """Return the snapshot of the version that this transaction sees, and the lexicon made of it."""
        version = await catalogue_version(session)
        if self._kept is None or self._kept[0].version != version:
            async with self._loading:
                if self._kept is None or self._kept[0].version != version:
                    snapshot = await load_snapshot(session)
                    self._kept = (snapshot, Lexicon(snapshot.vocabulary, self._colloquial, self._phrases))
        return self._kept
