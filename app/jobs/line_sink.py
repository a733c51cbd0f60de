"""Where the lines of a file go: into the draft of one accreditation, marked as not there until the job ends."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, insert, literal, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory, writing
from app.imports.scope_lines import ScopeLineRow
from app.jobs.leases import Held, keep_to_end
from app.jobs.line_rows import NO_REVISION, insert_rows, naming_something_new, row_of
from app.kit.clock import utcnow
from app.listing.lines import Interner, give_natural_keys
from app.models import ImportJob, ImportMode, Listing, metadata
from app.vocabulary.rules import normal_form

LINE: Table = metadata.tables["scope_line"]
_C = LINE.c
_KEYS_AT_ONCE = 1000
_CLEARED_AT_ONCE = 2000


class LinesMoved(Exception):
    """What the rows were compared with is no longer so: somebody edited meanwhile."""


class LineSink:
    """Compares lines with those of the accreditation, and brings in what is new or changed.

    Counts what it finds whether or not it stores (`stores`: a dry run does not).
    """

    def __init__(self, job: ImportJob, *, stores: bool) -> None:
        assert job.id is not None  # noqa: S101 (a job that was taken has its keys; narrows the type)
        assert job.accreditation_id is not None  # noqa: S101 (as above)
        self.job_id, self.accreditation_id = job.id, job.accreditation_id
        self.replaces = job.mode is ImportMode.REPLACE
        self.closed_on = job.closed_on
        self.stores = stores
        self.interner = Interner()
        self.has_lines = False
        self.met: set[int] = set()
        self.added = self.changed = self.unchanged = self.staged = 0

    @property
    def mine(self) -> ColumnElement[bool]:
        """The lines that this job is bringing in."""
        return and_(_C.accreditation_id == self.accreditation_id, _C.import_id == self.job_id)

    @property
    def there(self) -> ColumnElement[bool]:
        """The lines of the draft."""
        return and_(
            _C.accreditation_id == self.accreditation_id,
            _C.until_revision.is_(None),
            _C.import_id.is_(None),
        )

    @property
    def changes(self) -> bool:
        """Whether the draft changes by what was stored, closing aside."""
        return self.staged > 0

    async def begin(self, session: AsyncSession) -> None:
        """Make the lines that are there comparable, in a writing transaction."""
        await give_natural_keys(session, self.accreditation_id)
        self.has_lines = await session.scalar(select(_C.id).where(self.there).limit(1)) is not None

    async def take(self, session: AsyncSession, batch: Sequence[tuple[Any, bytes | None]]) -> None:
        """Compare a batch and store what is new, in a writing transaction."""
        keyed: list[tuple[ScopeLineRow, bytes]] = [(line, key) for line, key in batch if key is not None]
        known = await self._known(session, [key for _, key in keyed]) if self.has_lines else {}
        new: list[tuple[ScopeLineRow, bytes, bool]] = []
        for line, key in keyed:
            there = known.get(key)
            if there is None:
                self.added += 1
                new.append((line, key, False))
                continue
            self.met.add(there.id)
            if _says_the_same(line, there):
                self.unchanged += 1
            else:
                self.changed += 1
                new.append((line, key, True))
        if new and self.stores:
            await self._store(session, new)

    async def _known(self, session: AsyncSession, keys: Sequence[bytes]) -> dict[bytes, Any]:
        found: dict[bytes, Any] = {}
        columns = (_C.id, _C.natural_key, _C.restriction_zh, _C.effective_from, _C.effective_to)
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = keys[start : start + _KEYS_AT_ONCE]
            statement = select(*columns).where(self.there, _C.natural_key.in_(part))
            found.update((row.natural_key, row) for row in await session.execute(statement))
        return found

    async def _store(self, session: AsyncSession, new: Sequence[tuple[ScopeLineRow, bytes, bool]]) -> None:
        unknown = naming_something_new((line for line, _, _ in new), self.interner)
        if unknown:
            await self.interner.learn(session, unknown)
        rows = [
            row_of(
                line,
                key,
                self.interner,
                accreditation_id=self.accreditation_id,
                import_id=self.job_id,
                replaces=replaces,
            )
            for line, key, replaces in new
        ]
        await insert_rows(session, rows)
        self.staged += len(rows)

    async def compare(self, session: AsyncSession) -> int:
        """Count the lines that are there and not in the file, but for those that ended before."""
        if not (self.replaces and self.has_lines):
            return 0
        found = await session.scalars(select(_C.id).where(self._open_on_the_day()))
        return sum(line not in self.met for line in found)

    def _open_on_the_day(self) -> ColumnElement[bool]:
        return and_(self.there, or_(_C.effective_to.is_(None), _C.effective_to > self.closed_on))

    async def finish(self, session: AsyncSession, listing: Listing, *, closes: bool) -> None:
        """Put the lines into the draft, all at once. Raises LinesMoved."""
        revision = listing.revision
        if self.changed:
            await self._step_aside(session, revision)
        if closes and self.replaces and self.has_lines:
            await self._close(session, revision)
        if not self.staged:
            return
        values = {"import_id": None, "until_revision": None, "since_revision": revision}
        revealed = await session.execute(update(LINE).where(self.mine).values(values))
        if revealed.rowcount != self.staged:  # type: ignore[attr-defined]
            raise LinesMoved

    async def _step_aside(self, session: AsyncSession, revision: int) -> None:
        """End the lines that others of the same natural key take the place of."""
        replaced = select(_C.natural_key).where(self.mine, _C.until_revision == NO_REVISION)
        old = and_(self.there, _C.natural_key.in_(replaced.scalar_subquery()))
        ended = update(LINE).where(old, _C.since_revision < revision).values(until_revision=revision)
        dropped = delete(LINE).where(old, _C.since_revision == revision)
        count = 0
        for statement in (ended, dropped):
            count += (await session.execute(statement)).rowcount  # type: ignore[attr-defined]
        if count != self.changed:
            raise LinesMoved

    async def _close(self, session: AsyncSession, revision: int) -> None:
        """Give the lines that vanished their last day; a published one by a new version."""
        rows = await session.execute(select(_C.id, _C.since_revision).where(self._open_on_the_day()))
        gone = [(row.id, row.since_revision) for row in rows if row.id not in self.met]
        published = [line for line, since in gone if since < revision]
        for part in _parts([line for line, since in gone if since >= revision]):
            await session.execute(update(LINE).where(_C.id.in_(part)).values(effective_to=self.closed_on))
        for part in _parts(published):
            kept = [column for column in LINE.columns if column.name not in _OWN]
            # The old version keeps no key while the new one is made: only one of the two may hold on.
            await session.execute(update(LINE).where(_C.id.in_(part)).values(until_revision=revision))
            copies = select(
                *kept,
                literal(self.closed_on, _C.effective_to.type),
                literal(False),
                literal(revision),
                null(),
                null(),
            ).where(_C.id.in_(part))
            await session.execute(
                insert(LINE).from_select([*(column.name for column in kept), *_SET], copies)
            )


_SET = ("effective_to", "live", "since_revision", "until_revision", "import_id")
_OWN = frozenset({"id", *_SET})


def _parts(values: Sequence[int]) -> list[Sequence[int]]:
    return [values[start : start + _KEYS_AT_ONCE] for start in range(0, len(values), _KEYS_AT_ONCE)]


def _says_the_same(line: ScopeLineRow, there: Any) -> bool:
    """Tell whether a line agrees with the one that is there in all that is not of its natural key.

    A line that was closed, and that the file has again, is opened again.
    """
    start: date | None = there.effective_from
    return (
        there.effective_to is None
        and start == line.effective_date
        and normal_form(there.restriction_zh or "") == normal_form(line.restriction or "")
    )


async def clear(new_session: SessionFactory, held: Held) -> None:
    """Delete what the job has brought in so far, a part at a time. Raises LeaseLost."""
    parts = select(_C.id).where(_C.import_id == held.job_id)
    while True:
        async with writing(new_session) as session:
            job = await keep_to_end(session, held, utcnow())
            if job.accreditation_id is None:
                return
            some = parts.where(_C.accreditation_id == job.accreditation_id).limit(_CLEARED_AT_ONCE)
            deleted = await session.execute(delete(LINE).where(_C.id.in_(some.scalar_subquery())))
            if deleted.rowcount == 0:  # type: ignore[attr-defined]
                return
