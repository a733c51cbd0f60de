"""Administration of a Meilisearch server: version, indexes, settings, swap. Through the official client.

The official client is synchronous, opens a connection for each call and has no time-out of its own, which
suits the few administrative calls; they run in a thread. Searches and documents go through `MeilisearchClient`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchError
from meilisearch.models.task import TaskInfo

from search.meilisearch_client import MeilisearchClient, api_error
from search.port import EngineRejected, EngineUnavailable, IndexNotReady

OLDEST_VERSION = (1, 25)

Answer = TypeVar("Answer")


class MeilisearchAdmin:
    """Every change is waited for: when a method returns, it is done."""

    def __init__(
        self, url: str, key: str | None, client: MeilisearchClient, *, timeout_seconds: int = 10
    ) -> None:
        self._official = meilisearch.Client(url.rstrip("/"), key, timeout=timeout_seconds)
        self._client = client

    async def version(self) -> str:
        """Return the version of the server, for instance "1.50.0"."""
        answer = await _in_thread(self._official.get_version)
        return str(answer["pkgVersion"])

    async def require_supported_version(self) -> None:
        """Raise EngineRejected when the server is older than OLDEST_VERSION."""
        version = await self.version()
        if version_tuple(version) < OLDEST_VERSION:
            oldest = ".".join(map(str, OLDEST_VERSION))
            raise EngineRejected(f"Meilisearch {version} is too old: at least {oldest} is needed")

    async def index_uids(self) -> list[str]:
        """Return the uids of all indexes that the key may see."""
        uids: list[str] = []
        while True:
            page = await self._client.request(
                "GET", "/indexes", params={"limit": 1000, "offset": len(uids)}, probe=True
            )
            uids += [index["uid"] for index in page["results"]]
            if len(uids) >= page["total"] or not page["results"]:
                return uids

    async def create_index(self, uid: str, settings: Mapping[str, Any]) -> None:
        """Create an index whose documents have the primary key `id`, and give it all its settings at once."""
        await self._done(lambda: self._official.create_index(uid, {"primaryKey": "id"}))
        if settings:
            await self._done(lambda: self._official.index(uid).update_settings(dict(settings)))

    async def put_in_place(self, shadow: str, live: str, *, exists: bool) -> None:
        """Make `shadow` the live index in one step: swap when there is a live one, else rename."""
        swap: dict[str, list[str] | bool] = {"indexes": [shadow, live]}
        if not exists:
            swap["rename"] = True
        await self._done(lambda: self._official.swap_indexes([swap]))

    async def delete_indexes(self, uids: Sequence[str]) -> None:
        """Delete indexes; one that is not there is fine."""
        for uid in uids:
            try:
                await self._done(self._official.index(uid).delete)
            except IndexNotReady:
                continue

    async def _done(self, change: Callable[[], TaskInfo]) -> None:
        task = await _in_thread(change)
        await self._client.wait_for_task({"taskUid": task.task_uid})


def version_tuple(version: str) -> tuple[int, ...]:
    """Return the numbers of a version: "1.50.0-rc.1" gives (1, 50, 0)."""
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split(".") if part.isdigit())


async def _in_thread(call: Callable[[], Answer]) -> Answer:
    try:
        return await asyncio.to_thread(call)
    except MeilisearchApiError as error:
        raise api_error(error.status_code, error.code, error.message) from error
    except (MeilisearchError, OSError) as error:
        raise EngineUnavailable(f"Meilisearch cannot be reached ({type(error).__name__}: {error})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise EngineUnavailable(f"Meilisearch sent an answer that cannot be read ({error})") from error
