import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.suggest import CompletionsCache
from app.db import SessionFactory
from tests.factories.registry import make_platform, make_service, make_vocabulary


async def suggest(client: httpx.AsyncClient, q: str, **params: object) -> list[tuple[str, str]]:
    response = await client.get("/v1/suggest", params={"q": q, **params})  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    return [(item["kind"], item["code"]) for item in response.json()["items"]]


class TestSuggest:
    @pytest.mark.parametrize("q", ["盐雾", "盐雾试", "yanwu", "ywsy", "Salt sp", "鹽霧"])
    async def test_a_term_is_completed_by_beginning_pinyin_and_initials(
        self, seeded_client: httpx.AsyncClient, q: str
    ) -> None:
        assert ("capability", "salt_spray") in (await suggest(seeded_client, q))[:3]

    @pytest.mark.parametrize("q", ["gbt2423.17", "GB/T 2423.17", "ＧＢ／Ｔ2423.17", "gb/t2423.17"])
    async def test_a_standard_is_completed_in_any_spelling(
        self, seeded_client: httpx.AsyncClient, q: str
    ) -> None:
        assert (await suggest(seeded_client, q))[0] == ("standard", "GB/T 2423.17")

    async def test_fields_platforms_and_services_are_completed(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        assert ("field", "robotics") in await suggest(seeded_client, "机器人")
        assert await suggest(seeded_client, "甬北临港加氢") == [("platform", "demo-petrochemical-01")]
        assert await suggest(seeded_client, "高压固定床加氢") == [("service", "demo-petrochemical-01-svc-1")]

    async def test_each_thing_comes_once_and_no_more_than_asked(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        found = await suggest(seeded_client, "试验", limit=7)
        assert len(found) == len(set(found)) == 7

    async def test_nothing_typed_or_nothing_known_gives_nothing(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        assert await suggest(seeded_client, " ") == []
        assert await suggest(seeded_client, "龘靐齉") == []

    @pytest.mark.parametrize(
        "params", [{}, {"q": "x" * 101}, {"q": "x", "limit": "0"}, {"q": "x", "lang": "en"}]
    )
    async def test_what_cannot_be_asked_is_refused(
        self, seeded_client: httpx.AsyncClient, params: dict[str, str]
    ) -> None:
        assert (await seeded_client.get("/v1/suggest", params=params)).status_code == 422


async def test_a_new_catalogue_version_brings_new_completions(
    session: AsyncSession, new_session: SessionFactory
) -> None:
    await make_vocabulary(session)
    await session.commit()
    cache = CompletionsCache(new_session)
    assert (await cache.get(1)).suggest("电池", 5) == []
    platform = await make_platform(session, slug="hub", name_zh="中心")
    await make_service(session, platform, slug="cell", title_zh="电池检测", title_en=None)
    await session.commit()
    assert (await cache.get(1)).suggest("电池", 5) == []
    assert [each.code for each in (await cache.get(2)).suggest("电池", 5)] == ["cell"]
