"""The inbox: what people are told of, in the transaction of what they are told.

await notify(session, await people_of_organisation(session, organisation.id), Notice(
    NoticeType.RESULT_DECIDED, "result", result.uid, {"title": title, "decision": {"zh": "入库", "en": "pooled"}},
    cause=f"result_decided:{result.uid}:{version}",
))
"""

from app.notices.notify import Notice, notify
from app.notices.post import Letter, post
from app.notices.queries import (
    people_of_department,
    people_of_organisation,
    people_of_organisations,
    uids_of,
)
from app.notices.wording import NoticeType

__all__ = [
    "Letter",
    "Notice",
    "NoticeType",
    "notify",
    "people_of_department",
    "people_of_organisation",
    "people_of_organisations",
    "post",
    "uids_of",
]
