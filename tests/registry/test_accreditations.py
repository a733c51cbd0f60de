from datetime import date

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import today
from app.models import Accreditation, Scheme
from tests.factories.registry import (
    make_accreditation,
    make_line,
    make_organisation,
    make_platform,
    make_vocabulary,
)


@pytest.fixture
async def accreditation(session: AsyncSession) -> Accreditation:
    """A certificate that a partner body holds, with two lines."""
    await make_vocabulary(session)
    platform = await make_platform(session, slug="hub")
    holder = await make_organisation(session, slug="partner", name_zh="示例伙伴检测院")
    accreditation = await make_accreditation(
        session,
        platform,
        slug="hub-acc",
        scheme=Scheme.CMA,
        certificate_no="DEMO-CMA-1",
        holder_id=holder.id,
        valid_from=date(2024, 1, 2),
        valid_to=date(2029, 1, 1),
        source={"title": "证书"},
    )
    await make_line(session, accreditation)
    await make_line(session, accreditation, standard="GB/T 261-2021")
    await session.commit()
    return accreditation


class TestGetAccreditation:
    async def test_it_opens_by_id_and_by_slug(
        self, client: httpx.AsyncClient, accreditation: Accreditation
    ) -> None:
        by_slug = await client.get("/v1/accreditations/hub-acc")
        by_id = await client.get(f"/v1/accreditations/{accreditation.uid}")
        assert by_slug.status_code == 200
        assert by_slug.json() == by_id.json()

    async def test_it_shows_holder_platform_and_size(
        self, client: httpx.AsyncClient, accreditation: Accreditation
    ) -> None:
        body = (await client.get("/v1/accreditations/hub-acc", params={"on_date": "2029-01-02"})).json()
        assert (body["scheme"], body["certificate_no"]) == ("CMA", "DEMO-CMA-1")
        assert (body["state"], body["status"], body["status_label"]) == ("granted", "expired", "过期")
        assert (body["valid_from"], body["valid_to"]) == ("2024-01-02", "2029-01-01")
        assert body["holder"]["slug"] == "partner"
        assert body["platform"]["slug"] == "hub"
        assert body["scope_line_count"] == 2
        assert (body["verification"], body["source"]) == ("declared", {"title": "证书"})

    async def test_the_day_is_today_in_shanghai_unless_asked(
        self, client: httpx.AsyncClient, accreditation: Accreditation
    ) -> None:
        body = (await client.get("/v1/accreditations/hub-acc")).json()
        assert body["status_on"] == today().isoformat()

    async def test_an_unknown_one_is_not_found(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/v1/accreditations/nothing")
        assert (response.status_code, response.json()["code"]) == (404, "accreditation-not-found")

    @pytest.mark.parametrize("params", [{"on_date": "soon"}, {"x": "1"}])
    async def test_what_cannot_be_asked_is_refused(
        self, client: httpx.AsyncClient, accreditation: Accreditation, params: dict[str, str]
    ) -> None:
        assert (await client.get("/v1/accreditations/hub-acc", params=params)).status_code == 422
