"""Keeps the snapshot of the newest catalogue version in memory, one for the process."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from app.matching.lexicon import Lexicon
from app.matching.snapshot import Snapshot
from app.matching.snapshot_queries import catalogue_version, is_matched_alike, load_snapshot
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
        if (kept := self._kept) is None or kept[0].version != version:
            async with self._loading:
                if (kept := self._kept) is None or kept[0].version != version:
                    kept = self._kept = await self._moved_on(session, version) or await self._read(session)
        return kept

    async def _moved_on(self, session: AsyncSession, version: int) -> tuple[Snapshot, Lexicon] | None:
        """Return what is kept, as of `version`, if it is the same by then: projects come and go all day."""
        if self._kept is None or not await is_matched_alike(session, self._kept[0].version, version):
            return None
        snapshot, lexicon = self._kept
        return replace(snapshot, version=version), lexicon

    async def _read(self, session: AsyncSession) -> tuple[Snapshot, Lexicon]:
        snapshot = await load_snapshot(session)
        return snapshot, Lexicon(snapshot.vocabulary, self._colloquial, self._phrases)
