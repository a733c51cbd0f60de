"""Where the things are read that events and notifications are about. Pure."""

import uuid
from collections.abc import Mapping

PATHS: Mapping[str, str] = {
    "accreditation": "/v1/accreditations/{uid}",
    "assignment": "/v1/assignments/{uid}",
    "call": "/v1/calls/{uid}",
    "data_task": "/v1/data-tasks/{uid}",
    "match_run": "/v1/match-runs/{uid}",
    "platform": "/v1/platforms/{uid}",
    "project": "/v1/projects/{uid}",
    "result": "/v1/results/{uid}",
    "service": "/v1/services/{uid}",
    "watch": "/v1/watches/{uid}",
    "webhook": "/v1/webhooks/{uid}",
}


def link_to(entity: str, uid: uuid.UUID | None) -> str | None:
    """Return the path of the API where the thing is read; None for a kind that has none of its own."""
    path = PATHS.get(entity)
    return None if path is None or uid is None else path.format(uid=uid)
