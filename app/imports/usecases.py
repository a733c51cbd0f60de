"""Checking a file: nothing is stored."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from app.imports import queries, schemas
from app.imports.errors import problem_of
from app.imports.faults import FileRefused
from app.imports.reading import read_scope_lines
from app.imports.reports import Report, ReportBuilder
from app.imports.rows import Limits
from app.imports.scope_lines import Known
from app.imports.uploads import Upload

_AT_ONCE = asyncio.Semaphore(2)
"""Files checked at the same time by one process; reading is work for the processor."""


async def check_scope_lines(
    session: AsyncSession, upload: Upload, asked: schemas.CheckOptions, limits: Limits
) -> schemas.CheckRead:
    """Say what would become of every row. Raises FileTooLarge, UnsupportedFile, UnreadableFile."""
    known = Known(standards=await queries.listed_bases(session))
    async with _AT_ONCE:
        report = await asyncio.to_thread(_report, upload, asked, limits, known)
    return schemas.check_read(report)


def _report(upload: Upload, asked: schemas.CheckOptions, limits: Limits, known: Known) -> Report:
    builder = ReportBuilder(offset=asked.offset, limit=asked.limit)
    try:
        reading = read_scope_lines(
            upload.file,
            name=upload.name,
            media_type=upload.media_type,
            sheet=asked.sheet,
            limits=limits,
            known=known,
        )
        for outcome in reading.outcomes:
            builder.add(outcome)
    except FileRefused as refused:
        raise problem_of(refused) from None
    return builder.finish(reading)
