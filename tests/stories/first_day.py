"""The first day of a platform, and that of a department: told with nothing but the API.

`tests/stories/test_first_day.py` plays it on both databases. Everything made here carries a mark of its own, so the
story can be told to a running server with other platforms on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

from tests.stories.api import Api, Mailbox, signed_up, within
from tests.stories.scope_file import MARKER, scope_workbook

ROWS, FAULTY = 5_000, 50
SEARCHABLE_WITHIN = 2.0
"""Seconds from publication until search finds it."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class FirstDay:
    """The people of the story, and what it has come to. `admin` may appoint members of departments."""

    client: httpx.AsyncClient
    mailbox: Mailbox
    admin: Api
    today: date
    mark: str
    told: dict[str, Any] = field(default_factory=dict)

    async def play(self) -> None:
        """Tell the whole story; AssertionError where the API does not keep what it promises."""
        await self.people_arrive()
        await self.the_platform_describes_itself()
        await self.five_thousand_lines_come_with_fifty_faults()
        await self.nothing_is_missing_and_it_is_submitted()
        await self.the_department_asks_for_changes_and_publishes()
        await self.it_is_found_and_matched()
        await self.the_certificate_is_verified()
        await self.a_release_holds_it_and_the_next_says_what_changed()
        await self.suspension_takes_effect_by_date()

    async def people_arrive(self) -> None:
        self.owner = await self._person("平台负责人")
        self.reviewer = await self._official("审核员", "reviewer")
        self.publisher = await self._official("发布员", "publisher")
        self.organisation = await self.owner.post(
            "/organisations",
            {"name_zh": f"{self.mark}检测有限公司", "kind": "enterprise", "region_code": "330200"},
        )

    async def the_platform_describes_itself(self) -> None:
        made = await self.owner.post(
            "/platforms",
            {
                "organisation_id": self.organisation["id"],
                "kind": "pilot_platform",
                "document": {
                    "name_zh": f"{self.mark}中试平台",
                    "name_en": f"{self.mark} pilot platform",
                    "lead_type": "enterprise_led",
                    "region_code": "330200",
                    "summary_zh": "面向涂层与紧固件的耐蚀验证",
                    "serves_outsiders": "yes",
                    "fields": ["new_materials"],
                },
            },
        )
        self.platform, self.slug = f"/platforms/{made['id']}", made["slug"]
        draft = f"{self.platform}/draft"
        self.service = await self.owner.post(
            f"{draft}/services",
            {
                "function": "test_inspection",
                "title_zh": f"{self.mark}中性盐雾试验",
                "title_en": "Neutral salt spray test",
                "fields": ["new_materials"],
                "lead_time_days": 12,
                "entry_trl": 4,
                "exit_trl": 7,
                "capabilities": [{"term": "salt_spray", "standard": "GB/T 2423.17-2008"}],
                "price_options": [{"kind": "fixed", "min_cny": "3000.00", "unit_zh": "项"}],
            },
        )
        await self.owner.post(f"{draft}/equipment", {"name_zh": "盐雾试验箱", "model": "YWX-750"})
        await self.owner.post(f"{draft}/contacts", {"name_zh": "业务受理处", "telephone": "0574-87654321"})
        await self.owner.post(f"{draft}/intake-steps", {"title_zh": "提交委托单", "working_days": 2})
        self.accreditation = await self.owner.post(
            f"{draft}/accreditations",
            {
                "scheme": "CNAS",
                "certificate_no": f"CNAS L-{self.mark}",
                "state": "granted",
                "valid_from": str(self.today - timedelta(days=200)),
                "valid_to": str(self.today + timedelta(days=900)),
            },
        )
        hidden = await Api(self.client).send("GET", self.platform, expect=404)
        assert hidden.json()["code"] == "platform-not-found"

    async def five_thousand_lines_come_with_fifty_faults(self) -> None:
        path = f"/accreditations/{self.accreditation['id']}/scope-lines/import"
        wrong = scope_workbook(ROWS, faulty=FAULTY)
        tried = await self._import(path, wrong, dry_run="true")
        assert (tried["accepted"], tried["rejected"]) == (ROWS - FAULTY, FAULTY)
        refused = await self._import(path, wrong)
        assert (refused["accepted"], refused["rejected"]) == (ROWS - FAULTY, FAULTY)
        assert await self._lines() == 0, "one faulty row refuses all, unless asked otherwise"
        stored = await self._import(path, wrong, on_error="reject_failed_rows")
        assert (stored["accepted"], stored["rejected"]) == (ROWS - FAULTY, FAULTY)
        report = await self.owner.get(f"/jobs/{stored['id']}/report")
        assert len(report["faults"]) == FAULTY
        assert {fault["row"] for fault in report["faults"]} == {
            2 + n * (ROWS // FAULTY) for n in range(FAULTY)
        }
        back = await self.owner.send("GET", f"/jobs/{stored['id']}/file")
        assert back.content.startswith(b"PK"), "the user's own workbook comes back"
        mended = await self._import(path, scope_workbook(ROWS))
        assert mended["rejected"] == 0
        assert await self._lines() == ROWS, "a repeated upload doubles nothing"

    async def nothing_is_missing_and_it_is_submitted(self) -> None:
        seen = await self.owner.get(f"{self.platform}/completeness")
        assert [f for f in seen["findings"] if f["severity"] == "error"] == [], seen["findings"]
        await self.owner.edit("POST", f"{self.platform}/submission", read=f"{self.platform}/draft")

    async def the_department_asks_for_changes_and_publishes(self) -> None:
        waiting = await self.reviewer.get("/reviews", state="submitted", limit=100)
        assert self.slug in [item["platform"]["slug"] for item in waiting["items"]]
        comment = await self.reviewer.post(
            f"{self.platform}/comments", {"pointer": "/services/0/title_zh", "body": "请写明试验方法"}
        )
        await self._decide("request_changes", note="见批注")
        service = f"{self.platform}/draft/services/{self.service['id']}"
        title = f"{self.mark}中性盐雾试验（NSS）"
        await self.owner.edit("PATCH", service, {"title_zh": title})
        await self.owner.post(f"{self.platform}/comments", {"body": "已补充", "reply_to": comment["id"]})
        await self.owner.edit("POST", f"{self.platform}/submission", read=f"{self.platform}/draft")
        await self.reviewer.edit("PATCH", f"{self.platform}/comments/{comment['id']}", {"resolved": True})
        await self._decide("approve")
        await self.publisher.edit("POST", f"{self.platform}/publication", read=f"{self.platform}/draft")

    async def it_is_found_and_matched(self) -> None:
        self.told["searchable after s"] = await within(
            SEARCHABLE_WITHIN, "the platform in search", self._is_found
        )
        answer = await self._match(self.today)
        assert answer["verdict"] == "met"
        assert {condition["code"] for condition in answer["conditions"]} >= {"declared_not_verified"}
        changes = await Api(self.client).get("/changes", types="platform.published", limit=100)
        assert self.slug in [change["slug"] for change in changes["items"]]

    async def the_certificate_is_verified(self) -> None:
        path = f"/accreditations/{self.accreditation['id']}"
        await self.reviewer.edit(
            "PUT",
            f"{path}/verification",
            {
                "verification": "verified",
                "source": "CNAS 获认可机构查询",
                "verified_on": str(self.today),
            },
        )
        answer = await self._match(self.today)
        assert answer["evidence"][0]["verification"] == "verified"
        assert "declared_not_verified" not in {condition["code"] for condition in answer["conditions"]}

    async def a_release_holds_it_and_the_next_says_what_changed(self) -> None:
        first = await self._release()
        draft = f"{self.platform}/draft"
        await self.owner.edit("PATCH", draft, {"summary_zh": "面向涂层、紧固件与连接器的耐蚀验证"})
        changes = await self.owner.get(f"{self.platform}/changes")
        assert "/summary_zh" in str(changes)
        await self.owner.edit("POST", f"{self.platform}/submission", read=draft)
        await self._decide("approve")
        await self.publisher.edit("POST", f"{self.platform}/publication", read=draft)
        second = await self._release()
        difference = await Api(self.client).get(f"/catalogue-releases/{first}/diff/{second}")
        changed = [item for item in difference["changed"] if item["platform"]["slug"] == self.slug]
        assert len(changed) == 1, difference
        assert "连接器" in str(changed)
        page = await Api(self.client).send("GET", f"/catalogue-releases/{second}.html")
        assert f"{self.mark}中试平台" in page.text

    async def suspension_takes_effect_by_date(self) -> None:
        last = self.today + timedelta(days=30)
        await self.publisher.post(
            f"{self.platform}/suspensions",
            {"from_date": str(self.today), "to_date": str(last), "reason": "场所搬迁"},
        )
        assert await self._match(self.today) is None
        assert (await self._match(last + timedelta(days=1)))["verdict"] == "met"

        async def gone() -> bool:
            return not await self._is_found()

        await within(SEARCHABLE_WITHIN, "the suspended platform out of search", gone)
        assert await self._is_found(on_date=str(last + timedelta(days=1)))

    async def _person(self, name: str) -> Api:
        email = f"{len(self.told)}.{abs(hash((self.mark, name)))}@example.org"
        self.told[name] = email
        return await signed_up(self.client, self.mailbox, email, name)

    async def _official(self, name: str, role: str) -> Api:
        person = await self._person(name)
        duty = {"email": self.told[name], "department": "economy", "region_code": "330000", "role": role}
        await self.admin.post("/department-members", duty)
        return person

    async def _import(self, path: str, content: bytes, **asked: str) -> Mapping[str, Any]:
        sent = await self.owner.send(
            "POST", path, content=content, params=asked, headers={"Content-Type": _XLSX}, expect=202
        )
        return await self.owner.finished(sent.json())

    async def _lines(self) -> int:
        page = await self.owner.get(f"{self.platform}/draft/scope-lines", limit=1, total="true")
        total: int = page["total"]
        return total

    async def _decide(self, decision: str, note: str | None = None) -> None:
        body = {"decision": decision, "note": note}
        await self.reviewer.edit("POST", f"{self.platform}/decisions", body, read=f"{self.platform}/draft")

    async def _release(self) -> int:
        release = await self.publisher.post("/catalogue-releases", {"title": f"{self.mark}目录"})
        edition: int = release["edition"]
        return edition

    async def _is_found(self, **asked: str) -> bool:
        page = await Api(self.client).get(
            "/search", index="services", q=f"{self.mark}盐雾", limit=50, **asked
        )
        return self.slug in [hit["platform"]["slug"] for hit in page["hits"]]

    async def _match(self, day: date) -> Any:
        """Return the verdict for this platform on the day; None when it is no candidate."""
        need = {
            "id": "n",
            "standard": "GB/T 2423.17-2008",
            "object": f"{MARKER}样品00001",
            "range": {"min": 24, "max": 96, "unit": "h"},
            "accreditation": "CNAS",
        }
        answer = await Api(self.client).post(
            "/matches", {"needs": [need], "on_date": str(day), "include_demo": False, "limit": 100}
        )
        candidates = [each for each in answer["candidates"] if each["platform"]["slug"] == self.slug]
        return candidates[0]["verdicts"][0] if candidates else None
