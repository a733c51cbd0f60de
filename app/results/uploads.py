"""Receiving an attachment: piece by piece into a temporary file, before the transaction of the request begins."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from app.errors import InvalidRequest, UndecodableBody
from app.kit.i18n import Localized
from app.models.base import new_uid
from app.results.errors import AttachmentMismatch, AttachmentTooLarge, UnsupportedAttachment
from app.results.file_types import FileKind, clean_name, fits_declared, fits_name, kind_of_content
from app.results.files import INCOMING, folder_of
from app.settings import Settings

FORM_FIELD = "file"
MEBIBYTE = 1 << 20
ATTACHMENT_PATHS = r"/results/[^/]+/attachments"
"""The paths that take attachments, as a pattern."""

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ReceivedAttachment:
    """A file that was received whole, at `path` until the request ends or it is moved to its place."""

    path: Path
    name: str
    kind: FileKind
    size: int
    sha256: str


async def receive_attachment(request: Request) -> AsyncIterator[ReceivedAttachment]:
    """FastAPI dependency: write the part `file` of the form to the data folder, and look at what it is.

    Raises AttachmentTooLarge, UndecodableBody, UnsupportedAttachment, AttachmentMismatch and InvalidRequest.
    """
    settings: Settings = request.app.state.settings
    folder = folder_of(settings) / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / new_uid().hex
    try:
        received = await _receive(request, path, settings.attachment_limit_mb * MEBIBYTE)
        # What makes two requests with one Idempotency-Key the same; the lines around the file do not.
        request.state.content_digest = hashlib.sha256(
            f"{received.name}\n{received.sha256}".encode()
        ).hexdigest()
        yield received
    finally:
        path.unlink(missing_ok=True)


Received = Annotated[ReceivedAttachment, Depends(receive_attachment)]


async def _receive(request: Request, path: Path, max_bytes: int) -> ReceivedAttachment:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UndecodableBody
    async with request.form(max_files=1, max_fields=4) as form:
        part = form.get(FORM_FIELD)
        if not isinstance(part, UploadFile):
            raise UndecodableBody
        given, declared = part.filename or "", part.content_type or ""
        digest, size = hashlib.sha256(), 0
        with path.open("wb") as file:
            while piece := await part.read(_PIECE):
                size += len(piece)
                if size > max_bytes:
                    raise AttachmentTooLarge(_at_most(max_bytes))
                digest.update(piece)
                await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(_keep, file)
    name = _name(given, size)
    kind = await asyncio.to_thread(kind_of_content, path, name)
    if kind is None:
        raise UnsupportedAttachment
    if not fits_name(kind, name) or not fits_declared(kind, declared):
        raise AttachmentMismatch.at("/body/file", "content_is_another", _is_rather(kind))
    return ReceivedAttachment(path, name, kind, size, digest.hexdigest())


def _keep(file: BinaryIO) -> None:
    """See that what was written survives the end of the machine."""
    file.flush()
    os.fsync(file.fileno())


def _name(given: str, size: int) -> str:
    name = clean_name(given)
    if name is None or size == 0:
        detail = Localized(zh="附件须有文件名和内容", en="An attachment needs a name and content")
        raise InvalidRequest.at("/body/file", "empty_file", detail)
    return name


def _at_most(max_bytes: int) -> Localized:
    most = max_bytes // MEBIBYTE
    return Localized(zh=f"附件最大 {most} MB", en=f"An attachment has at most {most} MB")


def _is_rather(kind: FileKind) -> Localized:
    return Localized(
        zh=f"文件内容是 {kind}，与其扩展名或声明的类型不符",
        en=f"The content is {kind}, which its name or declared type does not fit",
    )
