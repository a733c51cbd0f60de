"""Where the services or equipment of a file go: into the draft of a platform, as versions of its items.

They are few beside scope lines, so they are kept until the end of the file and written by its one last transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.line_sink import LinesMoved
from app.listing import draft_queries
from app.listing.documents import Document
from app.listing.draft_edit import differences, next_version
from app.listing.item_usecases import POSITIONED, draft_items
from app.listing.items import Change, Item
from app.models import ImportJob, ImportKind, ImportMode, ItemKind, Listing, ListingItem, Platform
from app.models.base import new_uid
from app.vocabulary.rules import normal_form

ITEM_KINDS: Mapping[ImportKind, ItemKind] = {
    ImportKind.SERVICES: ItemKind.SERVICE,
    ImportKind.EQUIPMENT: ItemKind.EQUIPMENT,
}
_NOT_SAID: tuple[Any, ...] = (None, [], "")


def natural_key(kind: ItemKind, stored: Mapping[str, Any]) -> tuple[str, str]:
    """Return what makes two rows one item: a service's title and function, a device's name and model."""
    if kind is ItemKind.SERVICE:
        return normal_form(stored["title_zh"]), stored["function"]
    return normal_form(stored["name_zh"]), normal_form(stored["model"] or "")


def merged(there: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is there with what a file says; what the file does not say stays."""
    return {**there, **{name: value for name, value in given.items() if value not in _NOT_SAID}}


@dataclass
class ItemSink:
    """Collects the documents of a file, and brings them into the draft at its end."""

    job: ImportJob
    stores: bool
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    documents: list[Document] = field(default_factory=list)
    _new: list[dict[str, Any]] = field(default_factory=list)
    _edits: list[tuple[Item, dict[str, Any]]] = field(default_factory=list)
    _gone: list[Item] = field(default_factory=list)

    @property
    def kind(self) -> ItemKind:
        """The kind of the items."""
        return ITEM_KINDS[self.job.kind]

    @property
    def staged(self) -> int:
        """How many rows stand in the database before the end: none."""
        return 0

    async def begin(self, session: AsyncSession) -> None:
        """Nothing is needed before the file is read."""

    async def take(self, session: AsyncSession, batch: Sequence[tuple[Any, bytes | None]]) -> None:
        """Keep a batch."""
        self.documents += [document for document, _ in batch]

    async def compare(self, session: AsyncSession) -> int:
        """Find out what changes; return how many items the file does not name, where it replaces them."""
        platform = await session.get_one(Platform, self.job.platform_id)
        listing = await draft_queries.get_listing(session, platform)
        items = await draft_items(session, platform, listing, self.kind)
        there = {natural_key(self.kind, item.document): item for item in items}
        last = max((item.document.get("position") or 0 for item in items), default=0)
        met = set()
        for document in self.documents:
            given = document.stored()
            key = natural_key(self.kind, given)
            met.add(key)
            item = there.get(key)
            if item is None:
                last += 1
                if self.kind in POSITIONED and given["position"] is None:
                    given["position"] = last
                self._new.append(given)
                continue
            wanted = merged(item.document, given)
            if differences(item.document, wanted):
                self._edits.append((item, wanted))
            else:
                self.unchanged += 1
        self.added, self.changed = len(self._new), len(self._edits)
        if self.job.mode is ImportMode.REPLACE:
            self._gone = [item for key, item in there.items() if key not in met]
        return len(self._gone)

    @property
    def changes(self) -> bool:
        """Whether the draft changes by what was compared, closing aside."""
        return bool(self._new or self._edits)

    async def finish(self, session: AsyncSession, listing: Listing, *, closes: bool) -> None:
        """Put the items into the draft, all at once. Raises LinesMoved."""
        edits: list[tuple[Item, dict[str, Any] | None]] = [*self._edits]
        if closes:
            edits += [(item, None) for item in self._gone]
        versions = await draft_queries.versions(session, self.job.platform_id, kind=self.kind)
        for item, wanted in edits:
            own = versions.get(item.uid, [])
            if wanted is None and item.change is Change.ADDED:
                for version in own:
                    await session.delete(version)
                continue
            if not own and item.version != 1:
                raise LinesMoved
            next_version(session, listing, item, own, wanted, base=item.document)
        for stored in self._new:
            session.add(
                ListingItem(
                    platform_id=self.job.platform_id,
                    kind=self.kind,
                    uid=new_uid(),
                    since_revision=listing.revision,
                    document=stored,
                )
            )
