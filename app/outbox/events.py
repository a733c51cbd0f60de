"""The events. Those of a `ChangeType` are public: they are in the feed of changes, and feed the search indexes.

Those of an `AddressedType` are for their audience only; any other name stays inside the system.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

RELEASE = "release"
VOCABULARY = "vocabulary"
PROJECT = "project"


class ChangeType(StrEnum):
    """What can happen to published content. `.removed` means: no longer public, for whatever reason.

    An accreditation is changed when its scope lines are. `platform.suspended` tells of the decision, on whatever days
    it holds; `platform.reinstated` that it stands no more.
    """

    PLATFORM_PUBLISHED = "platform.published"
    PLATFORM_CHANGED = "platform.changed"
    PLATFORM_REMOVED = "platform.removed"
    PLATFORM_SUSPENDED = "platform.suspended"
    PLATFORM_REINSTATED = "platform.reinstated"
    SERVICE_PUBLISHED = "service.published"
    SERVICE_CHANGED = "service.changed"
    SERVICE_REMOVED = "service.removed"
    RELEASE_PUBLISHED = "release.published"
    ACCREDITATION_PUBLISHED = "accreditation.published"
    ACCREDITATION_CHANGED = "accreditation.changed"
    ACCREDITATION_REMOVED = "accreditation.removed"
    VOCABULARY_CHANGED = "vocabulary.changed"
    PROJECT_PUBLISHED = "project.published"
    PROJECT_CHANGED = "project.changed"
    PROJECT_REMOVED = "project.removed"


class AddressedType(StrEnum):
    """What organisations and people are told of what concerns them, by their webhooks."""

    MATCH_ALERT = "match.alert"
    SEARCH_ALERT = "search.alert"
    PROJECT_STAGE_CHANGED = "project.stage_changed"
    CALL_OPENED = "call.opened"
    RESULT_SUBMITTED = "result.submitted"
    RESULT_DECIDED = "result.decided"
    ACCESS_REQUESTED = "access.requested"
    ACCESS_DECIDED = "access.decided"
    DATA_TASK_OPENED = "data_task.opened"
    DEMAND_APPEARED = "demand.appeared"
    WEBHOOK_TEST = "webhook.test"


@dataclass(frozen=True)
class Audience:
    """For whom an event is: organisations and people, by their ids."""

    organisations: frozenset[uuid.UUID] = frozenset()
    people: frozenset[uuid.UUID] = frozenset()

    def stored(self) -> dict[str, list[str]]:
        """Return it as the outbox keeps it."""
        return {
            "organisations": sorted(str(uid) for uid in self.organisations),
            "people": sorted(str(uid) for uid in self.people),
        }


@dataclass(frozen=True)
class Event:
    """Something that happened, in the past tense: a `ChangeType`, an `AddressedType`, or a name of the domain's own.

    `platform_uid` is the platform whose search documents may have changed; left out, that is the entity itself when
    it is a platform. The `payload` of a public event is shown to everybody: `slug`, `name` ({zh, en}), `demo`. That of
    an addressed event leaves the system to the webhooks of its `audience`: no confidential text stands in it.
    """

    type: str
    entity: str
    entity_uid: uuid.UUID | None
    platform_uid: uuid.UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    audience: Audience | None = None

    @property
    def is_public(self) -> bool:
        """Whether everybody may know of it."""
        return self.type in frozenset(ChangeType)


def platform_event(
    change: ChangeType, uid: uuid.UUID, *, slug: str, name_zh: str, name_en: str | None, demo: bool
) -> Event:
    """Return the event of a platform."""
    payload = {"slug": slug, "name": {"zh": name_zh, "en": name_en}, "demo": demo}
    return Event(change, "platform", uid, uid, payload)


def release_event(uid: uuid.UUID, *, edition: int, title: str) -> Event:
    """Return the event of a new edition of the catalogue; its readable key is the number of the edition."""
    payload = {"slug": str(edition), "name": {"zh": title, "en": None}, "demo": False}
    return Event(ChangeType.RELEASE_PUBLISHED, RELEASE, uid, payload=payload)


def project_event(
    change: ChangeType, uid: uuid.UUID, *, slug: str, title_zh: str, title_en: str | None, demo: bool
) -> Event:
    """Return the event of a project of the pool; nothing that is not public stands in it."""
    payload = {"slug": slug, "name": {"zh": title_zh, "en": title_en}, "demo": demo}
    return Event(change, PROJECT, uid, payload=payload)


def vocabulary_event() -> Event:
    """Return the event after which every search document may be another."""
    return Event(ChangeType.VOCABULARY_CHANGED, VOCABULARY, None)
