"""What leaves the system: each change writes its event in its own transaction, and the worker delivers it.

outbox.add(session, outbox.Event(ChangeType.PLATFORM_PUBLISHED, "platform", platform.uid, payload=...))
"""

from app.outbox.events import (
    PROJECT,
    AddressedType,
    Audience,
    ChangeType,
    Event,
    platform_event,
    project_event,
    release_event,
    vocabulary_event,
)
from app.outbox.write import add

__all__ = [
    "PROJECT",
    "AddressedType",
    "Audience",
    "ChangeType",
    "Event",
    "add",
    "platform_event",
    "project_event",
    "release_event",
    "vocabulary_event",
]
