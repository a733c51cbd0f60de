"""Who may do what with notifications: everybody with their own, in a session."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.rules import Row, TargetKind
from app.auth.who import Target, Who
from app.kit.i18n import Localized
from app.kit.ids import as_uuid
from app.notices import queries
from app.notices.errors import NotificationNotFound


async def _load(session: AsyncSession, path: Mapping[str, str]) -> Target | None:
    uid = as_uuid(path["notification_id"])
    found = None if uid is None else await queries.find_notification(session, uid)
    return None if found is None else Target(person_id=found.person_id)


NOTIFICATION = TargetKind(Localized(zh="通知", en="notification"), _load, NotificationNotFound)

ROWS = (
    Row("list_notifications", (Who.SIGNED_IN,)),
    Row("read_all_notifications", (Who.SIGNED_IN,)),
    Row("get_notification", (Who.SELF,), NOTIFICATION),
    Row("read_notification", (Who.SELF,), NOTIFICATION),
)
