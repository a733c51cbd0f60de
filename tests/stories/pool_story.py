"""A result on its way: called for, submitted, assessed, pooled, matched, followed; told with nothing but the API.

`tests/stories/test_pool_story.py` plays it on both databases, with the demo catalogue and its accounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.accounts.demo import ACCOUNTS, PASSWORD
from tests.stories.api import Api, signed_in, within

CENTRE, PLATFORM = "demo-other-05", "demo-petrochemical-01"
SECRET = "真空度零点三千帕时产率最高"
SCORES = ((9, 8, 7, 8, 9), (8, 7, 7, 9, 8), (8, 8, 8, 8, 8))


@dataclass
class PoolStory:
    """The people of the story; `mark` makes its words unlike those of others."""

    client: httpx.AsyncClient
    now: datetime
    mark: str
    told: dict[str, Any] = field(default_factory=dict)

    async def play(self) -> None:
        """Tell the whole story; AssertionError where the API does not keep what it promises."""
        await self.people_sign_in()
        await self.a_centre_calls_for_results()
        await self.a_researcher_submits_without_giving_secrets_away()
        await self.a_platform_learns_that_there_is_demand()
        await self.experts_assess_it_blindly()
        await self.it_enters_the_pool_and_is_found()
        await self.a_match_is_kept()
        await self.the_platform_answers_what_is_said_of_it()
        await self.a_saved_match_tells_when_a_need_turns()
        await self.the_project_is_followed_to_its_end()
        await self.the_owner_reads_who_read_what()

    async def people_sign_in(self) -> None:
        self.public = Api(self.client)
        self.researcher = await self._demo("researcher")
        self.centre = await self._demo("centre")
        self.platform = await self._demo("owner")
        self.department = await self._demo("science-publisher")

    async def a_centre_calls_for_results(self) -> None:
        self.call = await self.centre.post(
            "/calls",
            {
                "platform_id": CENTRE,
                "title": {"zh": f"{self.mark}绿色溶剂成果征集", "en": "Call for green solvents"},
                "fields": ["petrochemical"],
                "opens_at": (self.now - timedelta(minutes=1)).isoformat(),
                "closes_at": (self.now + timedelta(days=30)).isoformat(),
                "required": ["trl", "needs"],
                "experts_per_result": 2,
            },
        )
        shown = await self.public.get(f"/calls/{self.call['id']}")
        assert shown["state"] == "open"

    async def a_researcher_submits_without_giving_secrets_away(self) -> None:
        organisations = await self.researcher.get("/organisations")
        document = {
            "title": {"zh": f"{self.mark}生物基清洗溶剂", "en": "A bio-based cleaning solvent"},
            "public_abstract": {"zh": f"{self.mark}：一种替代卤代烃的清洗溶剂，寻求闪点与取样验证。"},
            "abstract": f"以木质纤维素为原料的{self.mark}溶剂，除油效果与三氯乙烯接近。",
            "confidential": SECRET,
            "fields": ["petrochemical"],
            "keywords": ["清洗溶剂", "闪点"],
            "trl": 6,
            "needs": [
                {
                    "id": "flash",
                    "standard": "GB/T 261-2021",
                    "parameter": "闭口闪点",
                    "range": {"min": 60, "max": 100, "unit": "℃"},
                    "accreditation": "CNAS",
                },
                {"id": "pour", "standard": "GB/T 3535-2006", "accreditation": "CNAS"},
            ],
        }
        self.result = await self.researcher.post(
            "/results", {"organisation_id": organisations["items"][0]["id"], "document": document}
        )
        self.path = f"/results/{self.result['id']}"
        await self.public.send("GET", self.path, expect=404)
        answer = await self.researcher.post(
            f"{self.path}/submission", {"call_id": self.call["id"]}, headers={"If-Match": "*"}
        )
        assert answer["result"]["state"] == "submitted"
        await self.public.send("GET", self.path, expect=404)
        member = await self.platform.get(self.path)
        assert member["document"]["abstract"]
        assert member["withheld"] == {"confidential": "granted"}
        assert SECRET not in str(member)

    async def a_platform_learns_that_there_is_demand(self) -> None:
        demand = await self.platform.get(f"/platforms/{PLATFORM}/demand")
        [ours] = [each for each in demand["items"] if each["id"] == self.result["id"]]
        standing = {need["id"]: need["standing"] for need in ours["needs"]}
        assert standing["flash"] == "met"
        assert standing["pour"] != "met"
        assert SECRET not in str(demand)
        search = {"index": "projects", "field": ["petrochemical"]}
        self.watch = await self.platform.post("/watches", {"name": f"{self.mark}新项目", "search": search})

    async def experts_assess_it_blindly(self) -> None:
        proposed = await self.centre.post(f"/calls/{self.call['id']}/assignments/propose", {})
        assert not proposed["blocked"], proposed["blocked"]
        made = await self.centre.post(f"/calls/{self.call['id']}/assignments", {})
        assert len(made["assignments"]) == 2
        addresses = {account.name: account.email for account in ACCOUNTS}
        for position, assignment in enumerate(made["assignments"]):
            address = addresses[assignment["expert"]["name"]]
            expert = await signed_in(self.client, address, PASSWORD)
            read = await expert.get(f"/assignments/{assignment['id']}/result")
            assert read["document"]["confidential"] == SECRET
            scores = dict(zip((each["key"] for each in read["rubric"]), SCORES[position], strict=True))
            await expert.post(
                f"/assignments/{assignment['id']}/evaluation",
                {"scores": scores, "comment_owner": "请补充长期稳定性", "comment_department": "值得支持"},
            )
            seen = await self.centre.get(f"{self.path}/assessment")
            assert seen["all_in"] is (position == 1)
            assert (seen["aggregate"] is None) is (position == 0)
        await self.centre.post(
            f"{self.path}/decisions", {"decision": "pool", "reasons": "创新性与可行性俱佳"}
        )
        told = await self.researcher.get(f"{self.path}/decisions")
        assert told["decisions"][0]["decision"] == "pool"
        assert "值得支持" not in str(told)

    async def it_enters_the_pool_and_is_found(self) -> None:
        async def found() -> bool:
            hits = await self.public.get("/search", index="projects", q=f"{self.mark}清洗溶剂")
            return any(self.mark in str(hit["title"]) for hit in hits["hits"])

        self.told["searchable"] = await within(10, "the project is searchable", found)
        together = await self.public.get("/search", index="all", q=f"{self.mark}清洗溶剂")
        assert self.mark in str(together)
        listed = await self.public.get("/projects", q=self.mark)
        [project] = listed["items"]
        self.project = f"/projects/{project['id']}"
        shown = await self.public.get(self.project)
        assert shown["content"]["abstract"] is None
        assert SECRET not in str([together, listed, shown])

        async def told() -> bool:
            inbox = await self.platform.get("/notifications", type="search_alert")
            return any(self.watch["id"] in str(notice) for notice in inbox["items"])

        self.told["new project"] = await within(20, "the platform is told of the new project", told)
        alerts = await self.platform.get(f"/watches/{self.watch['id']}/alerts")
        assert [alert["facts"]["hit"] for alert in alerts["items"]] == [project["id"]]

    async def a_match_is_kept(self) -> None:
        drawn = await self.public.post("/needs/draw", {"text": "按 GB/T 261-2021 测闭口闪点，要 CNAS"})
        assert drawn["needs"][0]["standard"] == "GB/T 261-2021"
        self.run = await self.researcher.post(f"{self.path}/matches", {})
        again = await self.researcher.get(f"/match-runs/{self.run['id']}")
        assert again == self.run
        replayed = await self.researcher.post(f"/match-runs/{self.run['id']}/replay", {})
        assert replayed["unchanged"]
        [ours] = [c for c in self.run["match"]["candidates"] if c["platform"]["slug"] == PLATFORM]
        assert {v["need_id"]: v["verdict"] for v in ours["verdicts"]}["flash"] == "met"

    async def the_platform_answers_what_is_said_of_it(self) -> None:
        await self.researcher.post(
            f"/match-runs/{self.run['id']}/feedback", {"platform": PLATFORM, "kind": "contacted"}
        )
        wrong = await self.researcher.post(
            f"/match-runs/{self.run['id']}/feedback",
            {
                "platform": PLATFORM,
                "need_id": "flash",
                "kind": "wrong",
                "claimed": "unmet",
                "reason": "电话中说该设备已停用",
            },
        )
        tasks = await self.platform.get("/data-tasks")
        assert wrong["task"]["id"] in [task["id"] for task in tasks["items"]]
        await self.platform.edit(
            "POST",
            f"/data-tasks/{wrong['task']['id']}/answer",
            {"answer": "设备在用，可随时来看"},
            read=f"/data-tasks/{wrong['task']['id']}",
        )

    async def a_saved_match_tells_when_a_need_turns(self) -> None:
        watch = await self.researcher.post(
            "/watches", {"name": f"{self.mark}的需求", "result_id": self.result["id"]}
        )
        assert {need["id"]: need["verdict"] for need in watch["needs"]} == {"flash": "met", "pour": "unmet"}
        held = await self.public.get(f"/platforms/{PLATFORM}")
        [certificate] = [
            each["id"]
            for each in held["accreditations"]
            if (each["scheme"], each["status"]) == ("CNAS", "granted")
        ]
        line = {"object": "石油产品", "parameter": "倾点", "standard": "GB/T 3535-2006"}
        await self.platform.post(f"/accreditations/{certificate}/scope-lines", line)
        every = {"headers": {"If-Match": "*"}}
        await self.platform.post(f"/platforms/{PLATFORM}/submission", **every)
        reviewer, publisher = await self._demo("economy-reviewer"), await self._demo("economy-publisher")
        await reviewer.post(f"/platforms/{PLATFORM}/decisions", {"decision": "approve"}, **every)
        await publisher.post(f"/platforms/{PLATFORM}/publication", **every)

        async def told() -> bool:
            inbox = await self.researcher.get("/notifications", type="match_alert")
            return any(watch["id"] in str(notice) for notice in inbox["items"])

        self.told["alert"] = await within(20, "the alert is in the inbox", told)
        alerts = await self.researcher.get(f"/watches/{watch['id']}/alerts")
        [alert] = alerts["items"]
        assert alert["facts"]["need"] == "pour"
        replayed = await self.researcher.post(f"/match-runs/{self.run['id']}/replay", {})
        assert not replayed["unchanged"]

    async def the_project_is_followed_to_its_end(self) -> None:
        await self._step(self.centre, {"stage": "verifying"})
        await self.researcher.post(f"{self.project}/milestones", {"title": {"zh": "闪点验证"}})
        outcome = {"summary": {"zh": "闭口闪点与倾点均达到要求", "en": "Flash and pour point as required"}}
        await self._step(self.centre, {"stage": "verified", "outcome": outcome})
        shown = await self.public.get(self.project)
        assert shown["stage"] == "verified"
        history = await self.public.get(f"{self.project}/history")
        assert [step["after"] for step in history["items"]][-3:] == ["pooled", "verifying", "verified"]

    async def the_owner_reads_who_read_what(self) -> None:
        log = await self.researcher.get(f"{self.path}/access-log")
        assert log["intact"]
        fields = {entry["field"] for entry in log["items"]}
        assert {"abstract", "confidential"} <= fields

    async def _step(self, who: Api, step: Mapping[str, Any]) -> None:
        await who.post(f"{self.project}/stage", step, headers={"If-Match": "*"})

    async def _demo(self, name: str) -> Api:
        return await signed_in(self.client, f"demo-{name}@example.org", PASSWORD)
