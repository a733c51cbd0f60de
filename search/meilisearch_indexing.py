"""Writing to Meilisearch: batches, and rebuilding beside the live index.

The live index of a schema is called `<prefix><name>-v<version>`: an index of another schema version is another
index, so it is never read by mistake. It is built as `<live>__<time>` and put in place in one step. Its stamp is
written after that step: a crash in between leaves an older stamp or none, and the caller rebuilds.
"""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from search.meilisearch_admin import MeilisearchAdmin
from search.meilisearch_client import MeilisearchClient
from search.meilisearch_documents import index_settings, stored_document, tokens_in
from search.meilisearch_filters import stored_id
from search.meilisearch_meta import MeilisearchMeta, Tally
from search.port import Document, SearchError
from search.schema import IndexSchema
from search.text import TextLayer

DOCUMENTS_IN_A_BATCH = 1000
ABANDONED_AFTER_SECONDS = 24 * 3600


class MeilisearchWriter:
    def __init__(
        self,
        client: MeilisearchClient,
        admin: MeilisearchAdmin,
        meta: MeilisearchMeta,
        layer: TextLayer,
        prefix: str,
    ) -> None:
        self._client = client
        self._admin = admin
        self._meta = meta
        self._layer = layer
        self._prefix = prefix

    def live(self, schema: IndexSchema) -> str:
        return f"{self._prefix}{schema.name}-v{schema.version}"

    async def upsert(self, schema: IndexSchema, documents: Sequence[Document]) -> None:
        uid = self.live(schema)
        await self._require(uid)
        await self._finish([task async for task, _ in self._send(uid, schema, _batches(_each(documents)))])

    async def delete(self, schema: IndexSchema, ids: Sequence[str]) -> None:
        uid = self.live(schema)
        await self._require(uid)
        wanted = [stored_id(document_id) for document_id in ids]
        await self._finish(
            [await self._client.request("POST", f"/indexes/{uid}/documents/delete-batch", wanted)]
        )

    async def rebuild(self, schema: IndexSchema, documents: AsyncIterable[Document], stamp: str) -> int:
        live = self.live(schema)
        shadow = f"{live}__{int(time.time())}-{secrets.token_hex(3)}"
        existing = await self._admin.index_uids()
        await self._admin.create_index(shadow, index_settings(schema))
        try:
            tally = await self._fill(shadow, schema, documents)
            stats = await self._client.request("GET", f"/indexes/{shadow}/stats")
            await self._admin.put_in_place(shadow, live, exists=live in existing)
        except BaseException:
            with suppress(SearchError):
                await self._admin.delete_indexes([shadow])
            raise
        await self._meta.write(live, stamp, tally.figures(shadow))
        await self._admin.delete_indexes([shadow, *self._superseded(existing, schema)])
        return int(stats["numberOfDocuments"])

    async def _fill(self, uid: str, schema: IndexSchema, documents: AsyncIterable[Document]) -> Tally:
        tasks = []
        tally = Tally()
        async for task, batch in self._send(uid, schema, _batches(documents)):
            tasks.append(task)
            for stored in batch:
                tally.add(stored["lengths"], tokens_in(stored))
        await self._finish(tasks)
        return tally

    async def _send(
        self, uid: str, schema: IndexSchema, batches: AsyncIterator[list[Document]]
    ) -> AsyncIterator[tuple[Mapping[str, Any], list[dict[str, Any]]]]:
        """Send batches and yield each accepted task with what was sent; the server works on them meanwhile."""
        async for batch in batches:
            stored, body = await asyncio.to_thread(self._prepare, batch, schema)
            task = await self._client.request(
                "POST", f"/indexes/{uid}/documents", params={"primaryKey": "id"}, content=body
            )
            yield task, stored

    def _prepare(self, batch: Sequence[Document], schema: IndexSchema) -> tuple[list[dict[str, Any]], bytes]:
        stored = [stored_document(document, schema, self._layer) for document in batch]
        return stored, json.dumps(stored, ensure_ascii=False).encode()

    async def _finish(self, tasks: Sequence[Mapping[str, Any]]) -> None:
        for task in tasks:
            await self._client.wait_for_task(task)

    async def _require(self, uid: str) -> None:
        """Raise IndexNotReady when the index is not there: a write would create it, without settings."""
        await self._client.request("GET", f"/indexes/{uid}")

    def _superseded(self, existing: Sequence[str], schema: IndexSchema) -> list[str]:
        """Return the indexes of other schema versions, and shadows that somebody abandoned long ago."""
        live = self.live(schema)
        versions = f"{self._prefix}{schema.name}-v"
        found = []
        for uid in existing:
            if not uid.startswith(versions) or uid == live:
                continue
            started = uid.partition("__")[2].partition("-")[0]
            if not started.isdigit() or time.time() - int(started) > ABANDONED_AFTER_SECONDS:
                found.append(uid)
        return found


async def _each(documents: Sequence[Document]) -> AsyncIterator[Document]:
    for document in documents:
        yield document


async def _batches(documents: AsyncIterable[Document]) -> AsyncIterator[list[Document]]:
    batch: list[Document] = []
    async for document in documents:
        batch.append(document)
        if len(batch) == DOCUMENTS_IN_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
