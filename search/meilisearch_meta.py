"""What is known of each index beside its documents: its stamp, and the figures of its texts that ranking needs.

They are kept in the index `<prefix>meta`, two documents an index, written after a rebuild has put it in place.
Counting tokens in the server instead costs a query each (measured: 30 ms for a sentence).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from search.meilisearch_admin import MeilisearchAdmin
from search.meilisearch_client import MeilisearchClient
from search.meilisearch_impact import USUAL_LENGTHS, Lengths
from search.port import IndexNotReady

NO_SEARCH: Mapping[str, Any] = {"searchableAttributes": [], "facetSearch": False, "prefixSearch": "disabled"}


@dataclass(frozen=True)
class Figures:
    """Of the texts of an index when it was built: `holding` is how many documents held each token."""

    generation: str = ""
    average_lengths: Lengths = USUAL_LENGTHS
    holding: Mapping[str, int] = field(default_factory=dict)


class Tally:
    """Adds up figures while documents go by. A document that comes twice counts twice."""

    def __init__(self) -> None:
        self._documents = self._words = self._sounds = 0
        self._holding: Counter[str] = Counter()

    def add(self, lengths: tuple[int, int], tokens: Iterable[str]) -> None:
        self._documents += 1
        self._words += lengths[0]
        self._sounds += lengths[1]
        self._holding.update(tokens)

    def figures(self, generation: str) -> Figures:
        documents = max(self._documents, 1)
        averages = (self._words / documents, self._sounds / documents)
        return Figures(generation, averages, self._holding)


class MeilisearchMeta:
    def __init__(self, client: MeilisearchClient, admin: MeilisearchAdmin, prefix: str) -> None:
        self._client = client
        self._admin = admin
        self.uid = f"{prefix}meta"

    async def write(self, index_uid: str, stamp: str, figures: Figures) -> None:
        if self.uid not in await self._admin.index_uids():
            await self._admin.create_index(self.uid, NO_SEARCH)
        common = {"generation": figures.generation}
        entries = [
            {"id": index_uid, "stamp": stamp, "average_lengths": figures.average_lengths, **common},
            {
                "id": f"{index_uid}-tokens",
                "holding": json.dumps(figures.holding, ensure_ascii=False),
                **common,
            },
        ]
        path = f"/indexes/{self.uid}/documents"
        await self._client.wait_for_task(
            await self._client.request("POST", path, entries, params={"primaryKey": "id"})
        )

    async def restamp(self, index_uid: str, stamp: str) -> None:
        """Replace the stamp of an index that has one; its figures stay. Raises IndexNotReady for any other."""
        if index_uid not in await self.stamps([index_uid]):
            raise IndexNotReady(f"the index {index_uid} has not been built")
        path = f"/indexes/{self.uid}/documents"
        entry = {"id": index_uid, "stamp": stamp}
        await self._client.wait_for_task(await self._client.request("PUT", path, [entry]))

    async def stamps(self, index_uids: Sequence[str]) -> dict[str, str]:
        """Return the stamps of those indexes that have one and are still there."""
        existing = await self._admin.index_uids()
        if self.uid not in existing:
            return {}
        wanted = [uid for uid in index_uids if uid in existing]
        return {entry["id"]: str(entry["stamp"]) for entry in await self._read(wanted, ["id", "stamp"])}

    async def figures(self, index_uid: str, known: Figures) -> Figures:
        """Return the figures of an index; `known` when it is of the same build, or when there are none."""
        try:
            entries = await self._read([index_uid], ["average_lengths", "generation"])
            if not entries or entries[0]["generation"] == known.generation:
                return known
            tokens = await self._read([f"{index_uid}-tokens"], ["generation", "holding"])
        except IndexNotReady:
            return known
        words, sounds = entries[0]["average_lengths"]
        holding = json.loads(tokens[0]["holding"]) if tokens else {}
        return Figures(entries[0]["generation"], (words, sounds), holding)

    async def _read(self, ids: Sequence[str], fields: Sequence[str]) -> list[dict[str, Any]]:
        query = {"ids": list(ids), "fields": list(fields), "limit": len(ids)}
        answer = await self._client.request("POST", f"/indexes/{self.uid}/documents/fetch", query, probe=True)
        entries: list[dict[str, Any]] = answer["results"]
        return entries
