"""Who may do what with saved searches and matches: everybody with their own, in a session.

Whoever has the link of a mail may stop what it is for.
"""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.rules import Row, TargetKind
from app.auth.who import Target, Who
from app.kit.i18n import Localized
from app.kit.ids import as_uuid
from app.watches import queries
from app.watches.errors import WatchNotFound


async def _load(session: AsyncSession, path: Mapping[str, str]) -> Target | None:
    uid = as_uuid(path["watch_id"])
    found = None if uid is None else await queries.find_watch(session, uid)
    return None if found is None else Target(person_id=found.person_id)


WATCH = TargetKind(Localized(zh="保存的检索或匹配", en="saved search or match"), _load, WatchNotFound)
_MINE = (Who.SELF,)

ROWS = (
    Row("create_watch", (Who.SIGNED_IN,)),
    Row("list_watches", (Who.SIGNED_IN,)),
    Row("get_watch", _MINE, WATCH),
    Row("update_watch", _MINE, WATCH),
    Row("delete_watch", _MINE, WATCH),
    Row("list_alerts", _MINE, WATCH),
    Row("show_stop_page", (Who.ANYONE,)),
    Row("stop_watch", (Who.ANYONE,)),
)
