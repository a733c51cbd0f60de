"""Single scope lines of a draft, read by the rules of imported files."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.error_handlers import invalid_request
from app.errors import ErrorItem
from app.imports.headings import Column
from app.imports.rows import Cell
from app.imports.scope_lines import Record, ScopeLineRow, read_scope_line
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import PageParams, RowPage
from app.listing import draft_queries as queries
from app.listing.documents import ScopeLineDocument
from app.listing.draft_edit import Editor, open_for, record
from app.listing.drafts import lock_listing
from app.listing.errors import ScopeLineExists
from app.listing.items import current, line_document
from app.listing.lines import (
    LINE,
    Interner,
    Placed,
    digest_of,
    give_natural_keys,
    stored_line,
)
from app.membership.reading import key_of
from app.membership.rules import version_of
from app.models import Accreditation, ItemKind, Listing, Platform
from app.registry.errors import AccreditationNotFound, ScopeLineNotFound

LineChange = Callable[[Mapping[str, Any]], ScopeLineDocument]
"""What an edit makes of a line that is stored, in the form of its document; raises what is wrong with it."""

_POINTERS = {
    Column.SITE: "/body/site",
    Column.OBJECT: "/body/object",
    Column.PARAMETER: "/body/parameter",
    Column.STANDARD: "/body/standard",
    Column.CLAUSE: "/body/clause",
    Column.RANGE_MIN: "/body/range/min",
    Column.RANGE_MAX: "/body/range/max",
    Column.RANGE: "/body/range/text",
    Column.UNIT: "/body/range/unit",
    Column.RESTRICTION: "/body/restriction",
    Column.EFFECTIVE_DATE: "/body/effective_from",
}


def read_document(document: ScopeLineDocument) -> ScopeLineRow:
    """Return the line that a document states, as a row of a file would give it. Raises InvalidRequest."""
    cells: dict[Column, Cell] = {
        Column.SITE: document.site,
        Column.OBJECT: document.object,
        Column.PARAMETER: document.parameter,
        Column.STANDARD: document.standard,
        Column.CLAUSE: document.clause,
        Column.EFFECTIVE_DATE: document.effective_from,
    }
    if document.range is not None:
        cells |= {
            Column.RANGE: document.range.text,
            Column.RANGE_MIN: _number(document.range.min),
            Column.RANGE_MAX: _number(document.range.max),
            Column.UNIT: document.range.unit,
        }
    restrictions = [] if document.restriction is None else [("", document.restriction)]
    read = read_scope_line(Record(0, cells, lambda column: _POINTERS.get(column, "/body"), restrictions))
    if isinstance(read, ScopeLineRow):
        return read
    raise invalid_request(
        [
            ErrorItem(
                pointer=fault.column or "/body/restriction",
                code=fault.kind,
                detail=Localized(zh=fault.zh, en=fault.en),
            )
            for fault in read
        ]
    )


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def version_of_line(row: Any) -> int:
    """Return the version of a line: another for any other content."""
    return version_of(row.id, digest_of(stored_line(row)), *_says(row))


async def page_of_lines(
    session: AsyncSession, key: str, accreditation: str | None, params: PageParams
) -> tuple[RowPage, Mapping[int, Any]]:
    """Return a page of the lines in the draft, with the ids of the accreditations by key.

    Raises PlatformNotFound, AccreditationNotFound and InvalidCursor.
    """
    platform = await queries.get_platform(session, key)
    uids = await accreditations_in_draft(session, platform)
    if accreditation is not None:
        wanted, owner = await queries.get_accreditation(session, accreditation)
        if owner.id != platform.id or key_of(wanted) not in uids:
            raise AccreditationNotFound
        uids = {key_of(wanted): wanted.uid}
    return await queries.page_of_lines(session, uids, *queries.IN_DRAFT, params=params), uids


async def accreditations_in_draft(session: AsyncSession, platform: Platform) -> dict[int, Any]:
    """Return the ids, by key, of the accreditations that the draft has."""
    versions = await queries.versions(session, key_of(platform), kind=ItemKind.ACCREDITATION)
    removed = {
        uid
        for uid, own in versions.items()
        if (newest := current(own)) is not None and newest.document is None
    }
    keys = await queries.accreditation_keys(session, key_of(platform))
    return {key: uid for key, uid in keys.items() if uid not in removed}


async def get_line(session: AsyncSession, key: str, line_id: int) -> tuple[Any, Accreditation]:
    """Return a line of the draft. Raises AccreditationNotFound and ScopeLineNotFound."""
    accreditation, _ = await queries.get_accreditation(session, key)
    return await _line(session, accreditation, line_id), accreditation


async def _line(session: AsyncSession, accreditation: Accreditation, line_id: int) -> Any:
    row = await queries.find_line(session, key_of(accreditation), LINE.c.id == line_id, *queries.IN_DRAFT)
    if row is None:
        raise ScopeLineNotFound
    return row


async def _lock(editor: Editor, key: str) -> tuple[Accreditation, Platform, Listing]:
    """Raises AccreditationNotFound, also for one that the draft has removed."""
    accreditation, platform = await queries.get_accreditation(editor.session, key)
    listing = await lock_listing(editor.session, key_of(platform))
    if key_of(accreditation) not in await accreditations_in_draft(editor.session, platform):
        raise AccreditationNotFound
    return accreditation, platform, listing


async def create_line(
    editor: Editor, key: str, document: ScopeLineDocument
) -> tuple[Any, Accreditation, bool]:
    """Add a line to the draft; the same line once more changes nothing. The last of the answer: whether it is new.

    Raises AccreditationNotFound, ScopeLineExists, RevisionUnderReview and InvalidRequest.
    """
    session = editor.session
    line = read_document(document)
    accreditation, platform, listing = await _lock(editor, key)
    await give_natural_keys(session, key_of(accreditation))
    same = await _same_line(session, accreditation, line, document.effective_to)
    if same is not None:
        return same, accreditation, False
    listing = await open_for(editor, platform, at_once=False)
    twin = await _removed_twin(session, accreditation, listing, line, document.effective_to)
    if twin is None:
        line_id = await _insert(session, accreditation, listing, line, document.effective_to)
    else:
        line_id = await _let_stand(session, twin)
    await record(
        editor,
        platform,
        "scope_line.added",
        "accreditation",
        accreditation.uid,
        after=_facts(line_id, document),
    )
    return await _line(session, accreditation, line_id), accreditation, True


def _facts(line_id: int, document: ScopeLineDocument) -> dict[str, Any]:
    return {"scope_line": line_id, **document.model_dump(mode="json")}


def _says(row: Any) -> tuple[object, ...]:
    return row.restriction_zh, row.effective_from, row.effective_to


async def _same_line(
    session: AsyncSession, accreditation: Accreditation, line: ScopeLineRow, effective_to: date | None
) -> Any:
    """Return the line that says the same, None where there is none. Raises ScopeLineExists if it says another thing."""
    same_key = LINE.c.natural_key == digest_of(line)
    row = await queries.find_line(session, key_of(accreditation), same_key, *queries.IN_DRAFT)
    if row is not None and _says(row) != (line.restriction, line.effective_date, effective_to):
        raise ScopeLineExists
    return row


async def _removed_twin(
    session: AsyncSession,
    accreditation: Accreditation,
    listing: Listing,
    line: ScopeLineRow,
    effective_to: date | None,
) -> int | None:
    """Return the id of a published line that this draft has removed and that says just what is wanted now."""
    removed = (LINE.c.natural_key == digest_of(line), LINE.c.until_revision == listing.revision)
    row = await queries.find_line(session, key_of(accreditation), *removed)
    if row is None or _says(row) != (line.restriction, line.effective_date, effective_to):
        return None
    return int(row.id)


async def _let_stand(session: AsyncSession, line_id: int) -> int:
    """Take back the removal of a published line."""
    await session.execute(update(LINE).where(LINE.c.id == line_id).values(until_revision=None))
    return line_id


async def _insert(
    session: AsyncSession,
    accreditation: Accreditation,
    listing: Listing,
    line: ScopeLineRow,
    effective_to: date | None,
) -> int:
    """Raises ScopeLineExists for a line that an import is just bringing."""
    interner = Interner()
    await interner.learn(session, [line])
    placed = Placed(key_of(accreditation), listing.revision)
    columns = interner.columns(line, placed, effective_to=effective_to)
    try:
        result = await session.execute(insert(LINE).values(columns).returning(LINE.c.id))
    except IntegrityError as error:
        raise ScopeLineExists from error
    return int(result.scalar_one())


async def update_line(
    editor: Editor, key: str, line_id: int, change: LineChange, precondition: Precondition
) -> tuple[Any, Accreditation]:
    """Change a line of the draft; one that is published stays as it is for the public, and the draft gets another.

    Raises AccreditationNotFound, ScopeLineNotFound, PreconditionFailed, ScopeLineExists, RevisionUnderReview and
    InvalidRequest.
    """
    session = editor.session
    accreditation, platform, listing = await _lock(editor, key)
    row = await _line(session, accreditation, line_id)
    precondition.require(version_of_line(row))
    before = line_document(stored_line(row), row.effective_to)
    document = change(before.model_dump(mode="json"))
    line = read_document(document)
    if digest_of(line) == digest_of(stored_line(row)) and _says(row) == (
        line.restriction,
        line.effective_date,
        document.effective_to,
    ):
        return row, accreditation
    await give_natural_keys(session, key_of(accreditation))
    await _refuse_other(session, accreditation, row, line)
    listing = await open_for(editor, platform, at_once=False)
    new_id = await _replace(session, accreditation, listing, row, line, document.effective_to)
    await record(
        editor,
        platform,
        "scope_line.edited",
        "accreditation",
        accreditation.uid,
        before=_facts(row.id, before),
        after=_facts(new_id, document),
    )
    return await _line(session, accreditation, new_id), accreditation


async def _refuse_other(
    session: AsyncSession, accreditation: Accreditation, row: Any, line: ScopeLineRow
) -> None:
    same_key = (LINE.c.natural_key == digest_of(line), LINE.c.id != row.id)
    if await queries.find_line(session, key_of(accreditation), *same_key, *queries.IN_DRAFT) is not None:
        raise ScopeLineExists


async def _replace(
    session: AsyncSession,
    accreditation: Accreditation,
    listing: Listing,
    row: Any,
    line: ScopeLineRow,
    effective_to: date | None,
) -> int:
    this = LINE.c.id == row.id
    twin = await _removed_twin(session, accreditation, listing, line, effective_to)
    if row.since_revision != listing.revision:
        await session.execute(update(LINE).where(this).values(until_revision=listing.revision))
        if twin is None:
            return await _insert(session, accreditation, listing, line, effective_to)
    if twin is not None:
        # Gone first: its natural key may be that of the line which stands again.
        await session.execute(delete(LINE).where(this, LINE.c.since_revision == listing.revision))
        return await _let_stand(session, twin)
    interner = Interner()
    await interner.learn(session, [line])
    columns = interner.columns(
        line, Placed(key_of(accreditation), listing.revision), effective_to=effective_to
    )
    try:
        await session.execute(update(LINE).where(this).values(columns))
    except IntegrityError as error:
        raise ScopeLineExists from error
    return int(row.id)


async def delete_line(editor: Editor, key: str, line_id: int, precondition: Precondition) -> None:
    """Take a line out of the draft; one that is published stays so until the revision is.

    Raises AccreditationNotFound, ScopeLineNotFound, PreconditionFailed and RevisionUnderReview.
    """
    session = editor.session
    accreditation, platform, listing = await _lock(editor, key)
    row = await _line(session, accreditation, line_id)
    precondition.require(version_of_line(row))
    listing = await open_for(editor, platform, at_once=False)
    this = LINE.c.id == row.id
    if row.since_revision == listing.revision:
        await session.execute(delete(LINE).where(this))
    else:
        await session.execute(update(LINE).where(this).values(until_revision=listing.revision))
    before = line_document(stored_line(row), row.effective_to)
    await record(
        editor,
        platform,
        "scope_line.removed",
        "accreditation",
        accreditation.uid,
        before=_facts(row.id, before),
    )
