"""POST /v1/matches over a small catalogue of the test's own: what changes a verdict, and what only orders."""

from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.models import AccreditationState
from app.models.registry import PriceKind, Tier
from app.models.scope import Verification
from app.vocabulary.ranges import range_of
from search.embedded import EmbeddedEngine
from search.port import EngineUnavailable
from search.text import TextLayer
from tests.factories.registry import (
    make_accreditation,
    make_broader,
    make_capability,
    make_line,
    make_platform,
    make_service,
)
from tests.matching.catalogue import NEED, NUMBER, Catalogue, asked, columns, verdict

UNDER_CMA = {**NEED, "accreditation": "CMA"}


class DeadEngine(EmbeddedEngine):
    """An engine whose server is gone."""

    async def candidates(self, index: str, text: str, *, limit: int) -> Any:
        raise EngineUnavailable("nobody there")


class TestVerdicts:
    @pytest.mark.parametrize(
        ("on_date", "reason"),
        [
            ("2024-04-30", "accreditation_not_yet_valid"),
            ("2024-05-01", "met"),
            ("2030-04-30", "met"),
            ("2030-05-01", "accreditation_expired"),
        ],
    )
    async def test_the_date_decides(
        self, client: httpx.AsyncClient, catalogue: Catalogue, on_date: str, reason: str
    ) -> None:
        await catalogue.line()
        await catalogue.publish()
        answer = await asked(client, on_date=on_date)
        met = reason == "met"
        assert (answer["plans_total"], answer["run"]["on_date"]) == (int(met), on_date)
        assert [u["why"] for u in answer["unmeetable"]] == ([] if met else [reason])
        assert [c["platform"]["slug"] for c in answer["candidates"]] == (["hub"] if met else [])

    @pytest.mark.parametrize(
        ("known", "reason"),
        [
            ({"state": AccreditationState.SUSPENDED}, "accreditation_suspended"),
            ({"state": AccreditationState.WITHDRAWN}, "accreditation_withdrawn"),
            ({"valid_to": date(2026, 11, 30)}, "accreditation_expired"),
            ({"valid_to": None}, "validity_not_stated"),
            ({"state": AccreditationState.APPLIED}, "no_such_line"),
        ],
    )
    async def test_a_certificate_that_is_worth_nothing_meets_nothing(
        self, client: httpx.AsyncClient, catalogue: Catalogue, known: dict[str, Any], reason: str
    ) -> None:
        for name, value in known.items():
            setattr(catalogue.cnas, name, value)
        await catalogue.line()
        await catalogue.publish()
        answer = await asked(client, NEED, {**NEED, "id": "n2", "accreditation": "both"})
        assert answer["plans"] == []
        assert [u["why"] for u in answer["unmeetable"]] == [reason, "no_such_line"]

    async def test_planned_is_unknown_where_the_capability_is_offered(
        self, client: httpx.AsyncClient, catalogue: Catalogue
    ) -> None:
        catalogue.cnas.state = AccreditationState.PLANNED
        await make_capability(catalogue.session, catalogue.service)
        await catalogue.publish()
        found = await verdict(client)
        assert (found["verdict"], found["reason"]) == ("unknown", "accreditation_pending")
        assert found["evidence"][0]["kind"] == "accreditation"
        assert (await client.get(found["evidence"][0]["href"])).status_code == 200

    async def test_part_of_the_range_is_named(self, client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.line(**columns(range_of(0, 5, "kV")))
        await make_capability(catalogue.session, catalogue.service, **columns(range_of(0, 10, "kV")))
        await catalogue.publish()
        need = {**NEED, "range": {"min": 1000, "max": 10_000, "unit": "V"}}
        answer = await asked(client, need)
        assert [u["why"] for u in answer["unmeetable"]] == ["part_of_range"]
        own_word = await verdict(client, {**need, "accreditation": "none"})
        assert own_word["verdict"] == "met"
        shown = await asked(client, need, {**need, "id": "n2", "accreditation": "none"})
        [first, _] = shown["candidates"][0]["verdicts"]
        assert first["nearest_miss"]["code"] == "part_of_range"
        covered = first["nearest_miss"]["covered"]
        assert (covered["low"], covered["high"]) == (1000.0, 5000.0)

    async def test_an_equivalent_standard_is_a_near_miss_and_never_met(
        self, client: httpx.AsyncClient, catalogue: Catalogue
    ) -> None:
        await catalogue.adopt("GB/T 10125-2021", "ISO 9227:2017")
        await catalogue.line(standard="ISO 9227:2017")
        await catalogue.publish()
        for standard in ("GB/T 10125-2021", "GB/T 10125"):
            answer = await asked(client, {**NEED, "standard": standard})
            assert [u["why"] for u in answer["unmeetable"]] == ["equivalent_standard"]
            assert answer["plans"] == []
        met = await verdict(client, {**NEED, "standard": "ISO 9227:2017"})
        assert met["verdict"] == "met"

    async def test_an_object_is_met_by_the_same_or_a_broader_one(
        self, client: httpx.AsyncClient, catalogue: Catalogue
    ) -> None:
        await make_broader(catalogue.session, "锂电池单体", "锂电池")
        await catalogue.line(object="锂 电池")
        await catalogue.publish()
        found = [
            await verdict(client, {**NEED, "object": name}) for name in ("锂电池单体", "锂电池", "铅酸电池")
        ]
        assert [v["verdict"] for v in found] == ["met", "met", "unknown"]
        assert found[2]["reason"] == "object_not_confirmed"

    async def test_a_parameter_is_met_under_names_of_exactly_the_same_and_no_other(
        self, client: httpx.AsyncClient, catalogue: Catalogue
    ) -> None:
        await catalogue.line(parameter="过充电")
        await catalogue.publish()
        found = [
            await verdict(client, {**NEED, "parameter": name})
            for name in ("过充电", "Overcharge test", "过充", "挤压")
        ]
        assert [v["reason"] for v in found] == ["met", "met", *["parameter_not_confirmed"] * 2]


@pytest.mark.parametrize(
    ("line_object", "asked_for"),
    [
        ("电线、电缆用塑料", "电线"),
        ("汽车、摩托车用蓄电池", "汽车"),
        ("电池包、模组以外的锂电池", "电池包"),
        ("单体、模组的外壳", "单体"),
        ("除单体、模组、电池包外的电池", "模组"),
        ("电池(单体、模组除外)", "单体"),
    ],
)
async def test_an_object_that_another_only_mentions_is_not_confirmed(
    client: httpx.AsyncClient, catalogue: Catalogue, line_object: str, asked_for: str
) -> None:
    await catalogue.line(object=line_object)
    await catalogue.publish()
    found = await verdict(client, {**NEED, "object": asked_for})
    assert (found["verdict"], found["reason"]) == ("unknown", "object_not_confirmed")


class TestEvidence:
    async def test_it_is_inlined_and_opens(self, client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        line = await catalogue.line(
            clause="8.1.2", restriction_zh="只做单体", **columns(range_of(0, 60, "kV"))
        )
        await make_capability(catalogue.session, catalogue.service, object=None, parameter=None)
        await catalogue.publish()
        [found] = (await verdict(client))["evidence"]
        assert (found["kind"], found["id"]) == ("scope_line", str(line.id))
        assert (found["scheme"], found["certificate_no"]) == ("CNAS", catalogue.cnas.certificate_no)
        assert (found["valid_from"], found["valid_to"], found["holder"]) == ("2024-05-01", "2030-04-30", None)
        assert (found["standard"], found["clause"], found["restriction"]) == (NUMBER, "8.1.2", "只做单体")
        assert (found["range"]["max"], found["range"]["unit"], found["range"]["high"]) == (60, "kV", 60_000)
        opened = (await client.get(found["href"])).json()
        assert (opened["id"], opened["restriction"]) == (line.id, "只做单体")
        [own_word] = (await verdict(client, {**NEED, "accreditation": "none", "range": None}))["evidence"]
        assert own_word["kind"] in {"scope_line", "service"}
        assert (await client.get(own_word["href"])).status_code == 200

    async def test_both_schemes_stand_behind_both(
        self, client: httpx.AsyncClient, catalogue: Catalogue
    ) -> None:
        await catalogue.line()
        await catalogue.line(await catalogue.cma())
        await catalogue.publish()
        found = await verdict(client, {**NEED, "accreditation": "both"})
        assert [e["scheme"] for e in found["evidence"]] == ["CNAS", "CMA"]
        assert found["conditions"] == []


class TestWithoutTheEngine:
    async def test_verdicts_are_the_same_and_the_run_says_so(
        self, client: httpx.AsyncClient, app: FastAPI, catalogue: Catalogue
    ) -> None:
        await catalogue.line()
        await catalogue.publish()
        result = {"title": "动力电池过充安全"}
        with_engine = await asked(client, result=result)
        app.state.search = DeadEngine(TextLayer(()))
        without = await asked(client, result=result)
        await app.state.search.close()
        assert (with_engine["run"].pop("degraded"), without["run"].pop("degraded")) == (False, True)
        assert without == with_engine

    async def test_a_platform_that_meets_everything_is_there_although_its_text_differs(
        self, client: httpx.AsyncClient, catalogue: Catalogue
    ) -> None:
        """The engine of these tests is empty: it proposes nobody."""
        await catalogue.line()
        await catalogue.publish()
        answer = await asked(client, result={"title": "完全无关的文字"}, limit=1)
        assert [c["platform"]["slug"] for c in answer["candidates"]] == ["hub"]


class TestConstraints:
    async def second(self, catalogue: Catalogue, **known: Any) -> None:
        """A second platform that meets NEED as well, in Ningbo, cheaper and slower."""
        values = {"slug": "port", "region_code": "330200", "tier": Tier.MUNICIPAL, "lat": 29.9, "lon": 121.5}
        platform = await make_platform(catalogue.session, **{**values, **known})
        held = await make_accreditation(catalogue.session, platform, verification=Verification.VERIFIED)
        await make_line(catalogue.session, held, standard=NUMBER, object=None, parameter=None)
        service = await make_service(
            catalogue.session,
            platform,
            price=(PriceKind.FIXED, 1000, None),
            lead_time_days=40,
            voucher_accepted=False,
        )
        await make_capability(catalogue.session, service)
        await make_capability(catalogue.session, catalogue.service)
        await catalogue.line()
        await catalogue.publish()

    @pytest.mark.parametrize(
        ("constraints", "kept"),
        [
            ({}, ["hub", "port"]),
            ({"city_code": "330100"}, ["hub"]),
            ({"city_code": "330200"}, ["port"]),
            ({"city_code": "330110"}, ["hub"]),
            ({"budget_cny": 2999.99}, ["port"]),
            ({"budget_cny": 3000}, ["port", "hub"]),
            ({"deadline_days": 20}, ["hub"]),
            ({"deadline_days": 19}, []),
            ({"min_tier": "provincial"}, ["hub"]),
            ({"min_tier": "national"}, []),
            ({"voucher": True}, ["hub"]),
            ({"lat": 30.3, "lon": 120.1, "radius_km": 5}, ["hub"]),
        ],
    )
    async def test_they_order_and_only_strict_drops(
        self,
        client: httpx.AsyncClient,
        catalogue: Catalogue,
        constraints: dict[str, Any],
        kept: list[str],
    ) -> None:
        await self.second(catalogue)
        free = await asked(client, constraints=constraints)
        strict = await asked(client, constraints=constraints, strict=True)
        shown = [c["platform"]["slug"] for c in free["candidates"]]
        assert sorted(shown) == ["hub", "port"]
        assert sorted(shown[: len(kept)]) == sorted(kept)
        assert {v["verdict"] for c in free["candidates"] for v in c["verdicts"]} == {"met"}
        assert sorted(c["platform"]["slug"] for c in strict["candidates"]) == sorted(kept)
        assert sorted(p["platforms"][0] for p in strict["plans"]) == sorted(kept)
        assert sorted(p["platforms"][0] for p in free["plans"][: len(kept)]) == sorted(kept)
        assert (free["plans_total"], strict["plans_total"]) == (2, len(kept))
        for candidate in free["candidates"]:
            said = {c["kept"] for c in candidate["constraints"]} - {True}
            assert bool(said) == (candidate["platform"]["slug"] not in kept)

    async def test_a_negotiable_price_is_unknown(
        self, client: httpx.AsyncClient, catalogue: Catalogue
    ) -> None:
        await catalogue.line()
        service = await make_service(
            catalogue.session, catalogue.platform, price=(PriceKind.NEGOTIABLE, None, None)
        )
        await make_capability(catalogue.session, service)
        await catalogue.publish()
        answer = await asked(client, constraints={"budget_cny": 1_000_000})
        assert answer["candidates"][0]["constraints"] == [{"name": "budget", "kept": "unknown"}]
        assert answer["plans"][0]["price_cny"] == {"amount": None, "currency": "CNY"}
        strict = await asked(client, constraints={"budget_cny": 1_000_000}, strict=True)
        assert (strict["candidates"], strict["plans"]) == ([], [])


class TestProof:
    """The look-up reads derived data; whatever it says, what is shown was judged from the rows themselves."""

    @pytest.mark.parametrize("must", [True, False])
    async def test_what_the_rows_contradict_is_withheld_however_often(
        self,
        client: httpx.AsyncClient,
        catalogue: Catalogue,
        must: bool,
    ) -> None:
        lines = []
        for number in range(6):
            platform = await make_platform(catalogue.session, slug=f"stale-{number}")
            held = await make_accreditation(catalogue.session, platform)
            lines.append(await make_line(catalogue.session, held, standard=NUMBER))
        await catalogue.line()
        await catalogue.publish()
        for line in lines:
            line.effective_to = date(2020, 1, 1)
        await catalogue.session.commit()
        answer = await asked(client, {**NEED, "must": must}, limit=1)
        [candidate] = answer["candidates"]
        assert (candidate["platform"]["slug"], candidate["verdicts"][0]["verdict"]) == ("hub", "met")
        assert [plan["platforms"] for plan in answer["plans"]] == ([["hub"]] if must else [])

    async def test_nothing_is_shown_as_met_when_every_row_contradicts(
        self, client: httpx.AsyncClient, catalogue: Catalogue
    ) -> None:
        lines = [await catalogue.line()]
        for number in range(6):
            platform = await make_platform(catalogue.session, slug=f"a-{number}")
            held = await make_accreditation(catalogue.session, platform)
            lines.append(await make_line(catalogue.session, held, standard=NUMBER))
        await catalogue.publish()
        for line in lines:
            line.effective_to = date(2020, 1, 1)
        await catalogue.session.commit()
        answer = await asked(client, {**NEED, "must": False}, limit=1)
        assert (answer["candidates"], answer["candidates_total"]) == ([], 0)
