"""A match that is kept is computed before anything is locked: others write while it lasts."""

from collections.abc import Sequence

from sqlalchemy import text

from app.db import SessionFactory, writing
from app.main import equip
from app.settings import Settings
from search.embedded import EmbeddedEngine
from search.port import Candidate
from search.text import TextLayer
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.runs.world import DAY, make_world


class Busy(EmbeddedEngine):
    """While it is asked for candidates, somebody else writes."""

    def __init__(self, new_session: SessionFactory) -> None:
        super().__init__(TextLayer(()))
        self._new_session = new_session
        self.asked = 0

    async def candidates(self, index: str, text_: str, *, limit: int) -> Sequence[Candidate]:
        del index, text_, limit
        async with writing(self._new_session) as session:
            await session.execute(text("UPDATE organisation SET name_en = 'changed meanwhile'"))
        self.asked += 1
        return ()


async def test_somebody_else_writes_while_a_match_is_computed(
    settings: Settings, contract: Contract, own_sessions: SessionFactory
) -> None:
    app, engine = as_new(settings), Busy(own_sessions)
    equip(app, own_sessions, engine)
    async with client_of(app, contract) as client:
        async with own_sessions() as session:
            world = await make_world(app, client, session)
        kept = await world.ask(
            "owner", "POST", "/v1/results/battery/matches", {"on_date": DAY}, idempotency_key="k"
        )
        assert kept.status_code == 201, kept.text
        again = await world.ask(
            "owner", "POST", "/v1/results/battery/matches", {"on_date": DAY}, idempotency_key="k"
        )
        assert again.content == kept.content
        assert engine.asked == 2
        listed = await world.got("owner", "GET", "/v1/results/battery/match-runs?total=true")
        assert listed["total"] == 1
    await engine.close()
