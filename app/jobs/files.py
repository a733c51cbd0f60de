"""The files of import jobs: received into the data folder piece by piece, kept for a month."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from app.errors import UndecodableBody
from app.imports.errors import problem_of
from app.imports.faults import FileRefused
from app.imports.rows import MEBIBYTE
from app.imports.uploads import FORM_FIELD, too_large
from app.models.base import new_uid
from app.settings import Settings

FOLDER = "imports"
KEPT_DAYS = 30
_LEFT_OVER_HOURS = 1
_PIECE = 1 << 20
_LONGEST_NAME = 255


@dataclass(slots=True)
class Received:
    """A file that was received whole; unless `kept` is set, it goes with the request."""

    uid: uuid.UUID
    name: str
    media_type: str
    size: int
    sha256: str
    kept: bool = False


def folder_of(settings: Settings) -> Path:
    """Return the folder of the files of jobs."""
    return settings.data_dir / FOLDER


async def receive_file(request: Request) -> AsyncIterator[Received]:
    """FastAPI dependency: write the body, or the part `file` of a form, to the data folder.

    Comes before the transaction of the request: nobody waits for a slow sender. Raises FileTooLarge and
    UndecodableBody.
    """
    settings: Settings = request.app.state.settings
    folder = folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True)
    uid = new_uid()
    path = folder / uid.hex
    received: Received | None = None
    try:
        try:
            received = await _receive(request, uid, path, settings.import_limit_mb * MEBIBYTE)
        except FileRefused as refused:
            raise problem_of(refused) from None
        # What makes two requests with one Idempotency-Key the same; the lines around a file of a form do not.
        request.state.content_digest = received.sha256
        yield received
    finally:
        if received is None or not received.kept:
            path.unlink(missing_ok=True)


ReceivedFile = Annotated[Received, Depends(receive_file)]


async def _receive(request: Request, uid: uuid.UUID, path: Path, max_bytes: int) -> Received:
    name = request.query_params.get("name", "")
    media_type = request.headers.get("content-type", "")
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        if media_type.lower().startswith("multipart/form-data"):
            async with request.form(max_files=1, max_fields=4) as form:
                part = form.get(FORM_FIELD)
                if not isinstance(part, UploadFile):
                    raise UndecodableBody
                name, media_type = name or part.filename or "", part.content_type or ""
                while piece := await part.read(_PIECE):
                    size += _write(file, digest, piece)
            if size > max_bytes:
                raise too_large(max_bytes)
        else:
            async for piece in request.stream():
                size += _write(file, digest, piece)
                if size > max_bytes:
                    raise too_large(max_bytes)
    return Received(uid, name[:_LONGEST_NAME], media_type[:200], size, digest.hexdigest())


def _write(file: BinaryIO, digest: "hashlib._Hash", piece: bytes) -> int:
    digest.update(piece)
    file.write(piece)
    return len(piece)


async def forget_files(folder: Path, known: set[str], now: datetime) -> None:
    """Delete the files that were kept long enough, and those of requests that never became one of `known` jobs."""
    await asyncio.to_thread(_forget, folder, known, now)


def _forget(folder: Path, known: set[str], now: datetime) -> None:
    for path in folder.glob("*"):
        age = now.timestamp() - path.stat().st_mtime
        left_over = path.name.partition(".")[0] not in known and age > _LEFT_OVER_HOURS * 3600
        if left_over or age > timedelta(days=KEPT_DAYS).total_seconds():
            path.unlink(missing_ok=True)
