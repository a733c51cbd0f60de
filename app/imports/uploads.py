"""An uploaded file, whether it is the body or the part `file` of a form, on disk beyond a small size."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from fastapi import Request
from starlette.datastructures import UploadFile

from app.errors import UndecodableBody
from app.imports.faults import FaultKind, FileRefused
from app.imports.rows import MEBIBYTE

FORM_FIELD = "file"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was received whole."""

    file: BinaryIO
    name: str
    media_type: str


@asynccontextmanager
async def receive_upload(request: Request, name: str, max_bytes: int) -> AsyncIterator[Upload]:
    """Receive a file of at most `max_bytes`. Raises FileRefused, and UndecodableBody for a form without it."""
    media_type = request.headers.get("content-type", "")
    if media_type.lower().startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=4) as form:
            part = form.get(FORM_FIELD)
            if not isinstance(part, UploadFile):
                raise UndecodableBody
            if (part.size or 0) > max_bytes:
                raise too_large(max_bytes)
            yield Upload(part.file, name or part.filename or "", part.content_type or "")
        return
    with tempfile.SpooledTemporaryFile(max_size=MEBIBYTE) as file:
        received = 0
        async for piece in request.stream():
            received += len(piece)
            if received > max_bytes:
                raise too_large(max_bytes)
            file.write(piece)
        yield Upload(cast(BinaryIO, file), name, media_type)


def too_large(max_bytes: int) -> FileRefused:
    """Return the refusal of a file of more than `max_bytes`."""
    most = f"{max_bytes // MEBIBYTE} MB"
    return FileRefused(FaultKind.FILE_TOO_LARGE, f"最多 {most}", f"at most {most}")
