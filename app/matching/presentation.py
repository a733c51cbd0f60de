"""The answer of a match in the form of its schema, labels and sentences in the language asked. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from app.kit.i18n import Lang, Localized
from app.matching import schemas
from app.matching.assessment import Assessment, Proof
from app.matching.evidence import range_of_row
from app.matching.facts import Condition, ConditionCode, Evidence, Outcome, Rank, Verdict
from app.matching.needs import StatedNeed, UnderstoodNeed
from app.matching.planning import Plan
from app.matching.selection import Candidate, Selection
from app.matching.services import RankedService
from app.matching.snapshot import PlatformRow, TermView
from app.matching.wording import ONLY_WITH_CONDITIONS, condition, reason
from app.models.registry import PlatformKind, Tier
from app.vocabulary.ranges import Range


class Presenter:
    """Turns facts into the answer; holds what all of its parts need."""

    def __init__(self, assessment: Assessment, lang: Lang) -> None:
        self._assessment = assessment
        self._lang = lang
        self._platforms = assessment.snapshot.platforms.rows

    # --- Needs

    def need(self, understood: UnderstoodNeed, text: str, *, drawn: bool) -> schemas.NeedUnderstood:
        return need_read(understood, text, self._lang, drawn=drawn)

    # --- Candidates

    def candidate(
        self, chosen: Candidate, proof: Proof, services: Sequence[RankedService]
    ) -> schemas.CandidateRead:
        platform = self._platforms[chosen.row]
        return schemas.CandidateRead(
            platform=_head(platform),
            score=chosen.score,
            score_parts=dict(chosen.score_parts),
            verdicts=self.verdicts(proof),
            constraints=_constraints(chosen.kept),
            distance_m=chosen.distance_m,
            services=[self.service(s) for s in services],
            warnings=list(self._platform_warnings(platform)),
        )

    def _platform_warnings(self, platform: PlatformRow) -> Iterable[schemas.MatchWarning]:
        if platform.prose is not None:
            detail = Localized(
                zh="该平台的能力只见于公开报道的文字，没有结构化的能力范围",
                en="This platform is known from published prose only; it states no structured scope",
            )
            yield schemas.MatchWarning(code="prose_only", detail=detail.in_lang(self._lang))
        if platform.demo:
            detail = Localized(zh="虚构的示例平台", en="A fictional demo platform")
            yield schemas.MatchWarning(code="demo", detail=detail.in_lang(self._lang))

    def service(self, ranked: RankedService) -> schemas.ServiceScore:
        return schemas.ServiceScore(id=ranked.id, slug=ranked.slug, title=ranked.title, score=ranked.score)

    # --- Verdicts

    def verdicts(self, proof: Proof) -> list[schemas.VerdictRead]:
        """Return the verdict on each need of a platform that is proven for all of them."""
        return [
            self._verdict(judged.need, proof.outcomes[i], proof)
            for i, judged in enumerate(self._assessment.needs)
        ]

    def _verdict(self, understood: UnderstoodNeed, outcome: Outcome, proof: Proof) -> schemas.VerdictRead:
        names = dict(self._names(outcome, proof))
        return schemas.VerdictRead(
            need_id=understood.need.id,
            verdict=outcome.verdict,
            reason=outcome.rank.code,
            nearest_miss=self._nearest_miss(understood, outcome),
            conditions=[self._condition(c, names) for c in outcome.conditions],
            evidence=[self._evidence(e, proof) for e in outcome.evidence],
        )

    def _nearest_miss(self, understood: UnderstoodNeed, outcome: Outcome) -> schemas.NearestMiss | None:
        if outcome.verdict is not Verdict.UNMET:
            return None
        return schemas.NearestMiss(
            code=outcome.rank.code,
            detail=reason(outcome.rank, self._lang),
            covered=_covered(outcome, understood.need.range),
        )

    def _names(self, outcome: Outcome, proof: Proof) -> Iterable[tuple[str, str]]:
        """Yield the objects and parameters behind an outcome as they are written, by normal form."""
        for evidence in outcome.evidence:
            row = None
            if evidence.line is not None:
                row = proof.lines[evidence.line.id]
            elif evidence.offering is not None:
                row = self._assessment.capabilities[evidence.offering.id]
            if row is not None:
                pairs = ((row.object_key, row.object_zh), (row.parameter_key, row.parameter_zh))
                yield from ((key, written) for key, written in pairs if key is not None)

    def _condition(self, given: Condition, names: Mapping[str, str]) -> schemas.ConditionRead:
        facts = {name: names.get(value, value) for name, value in given.detail}
        if given.code is ConditionCode.DESIGNATION_MAY_APPLY:
            term = self._assessment.snapshot.vocabulary.terms[facts["capability"]]
            facts |= dict(term.designation or {})
        return schemas.ConditionRead(
            code=given.code, detail=condition(given.code, facts, self._lang), facts=facts
        )

    def _evidence(self, evidence: Evidence, proof: Proof) -> schemas.EvidenceRead:
        if evidence.offering is not None:
            row = self._assessment.capabilities[evidence.offering.id]
            service = self._assessment.services[evidence.offering.service_id]
            return schemas.EvidenceRead(
                kind="service",
                id=str(service.uid),
                href=f"/v1/services/{service.slug}",
                service_slug=service.slug,
                object=row.object_zh,
                parameter=row.parameter_zh,
                standard=row.standard_number,
                range=_range(range_of_row(row)),
            )
        if evidence.accreditation is None:
            raise ValueError("evidence points to an accreditation or to a service")
        held = proof.accreditations[evidence.accreditation.id]
        certificate = {
            "scheme": held.scheme,
            "certificate_no": held.certificate_no,
            "state": held.state,
            "verification": held.verification,
            "holder": held.holder_zh,
            "valid_from": held.valid_from,
            "valid_to": held.valid_to,
        }
        if evidence.line is None:
            return schemas.EvidenceRead(
                kind="accreditation", id=str(held.uid), href=f"/v1/accreditations/{held.slug}", **certificate
            )
        line = proof.lines[evidence.line.id]
        return schemas.EvidenceRead(
            kind="scope_line",
            id=str(line.id),
            href=f"/v1/scope-lines/{line.id}",
            object=line.object_zh,
            parameter=line.parameter_zh,
            standard=line.standard_number,
            clause=line.clause,
            range=_range(range_of_row(line)),
            restriction=line.restriction_zh,
            **certificate,
        )

    # --- Plans

    def plan(
        self, plan: Plan, selection: Selection, covers: Sequence[str], kept: Mapping[str, bool | None]
    ) -> schemas.PlanRead:
        rows = [selection.plan_rows[member] for member in plan.members]
        price = None if plan.price_cny is None else f"{plan.price_cny:.2f}"
        return schemas.PlanRead(
            platforms=[self._platforms[row].slug for row in rows],
            covers=list(covers),
            conditions=plan.conditions,
            price_cny=schemas.PlanPrice(amount=price),
            lead_time_days=plan.lead_time_days,
            distance_m=plan.distance_m,
            constraints=_constraints(kept),
        )

    def closest(self, row: int, rank: Rank) -> schemas.Closest:
        return schemas.Closest(
            platform=self._platforms[row].slug,
            verdict=rank.verdict,
            reason=rank.code,
            detail=reason(rank, self._lang),
        )

    def unmeetable(self, need_id: str, why: Rank, closest: Sequence[schemas.Closest]) -> schemas.Unmeetable:
        """Say why nobody counts; where somebody meets it all the same, it is by conditions that were ruled out."""
        if why is Rank.MET:
            code, detail = "only_with_conditions", ONLY_WITH_CONDITIONS.in_lang(self._lang)
        else:
            code, detail = why.code, reason(why, self._lang)
        return schemas.Unmeetable(need_id=need_id, why=code, detail=detail, closest=list(closest))


def need_read(understood: UnderstoodNeed, text: str, lang: Lang, *, drawn: bool) -> schemas.NeedUnderstood:
    """Return a need as it was compared; its spans count in `text`."""
    stated, term = understood.stated, understood.term
    return schemas.NeedUnderstood(
        id=stated.id,
        text=stated.text,
        capability=term.code if term else None,
        capability_label=term_label(term, lang) if term else None,
        standard=understood.number.canonical if understood.number else None,
        object=stated.object,
        parameter=stated.parameter,
        range=_range(stated.range),
        accreditation=stated.asked,
        must=stated.must,
        drawn=drawn,
        spans=list(_spans(stated, text)),
        warnings=list(_need_warnings(understood, lang)),
    )


def term_label(term: TermView, lang: Lang) -> str:
    return Localized(zh=term.name_zh, en=term.name_en).in_lang(lang)


def _need_warnings(understood: UnderstoodNeed, lang: Lang) -> Iterable[schemas.MatchWarning]:
    successor, number = understood.superseded_by, understood.number
    if successor is not None and number is not None:
        effective = successor.effective.isoformat() if successor.effective else None
        detail = Localized(
            zh=f"{number.canonical} 已被 {successor.number} 替代"
            + (f"（{effective} 起）" if effective else ""),
            en=f"{number.canonical} was replaced by {successor.number}"
            + (f" from {effective}" if effective else ""),
        )
        yield schemas.MatchWarning(
            code="standard_superseded",
            detail=detail.in_lang(lang),
            facts={"successor": successor.number, "effective": effective},
        )
    if understood.need.text_only:
        yield schemas.MatchWarning(code="needs_clarification", detail=reason(Rank.NEEDS_CLARIFICATION, lang))


def _head(platform: PlatformRow) -> schemas.PlatformHead:
    return schemas.PlatformHead(
        id=platform.uid,
        slug=platform.slug,
        name=Localized(zh=platform.name_zh, en=platform.name_en),
        kind=PlatformKind(platform.kind),
        tier=None if platform.tier is None else Tier(platform.tier),
        city=platform.city_code,
        region=platform.region_code,
        fields=list(platform.field_codes),
        demo=platform.demo,
    )


def _constraints(kept: Mapping[str, bool | None]) -> list[schemas.ConstraintRead]:
    def said(value: bool | None) -> bool | Literal["unknown"]:
        return "unknown" if value is None else value

    return [schemas.ConstraintRead(name=name, kept=said(value)) for name, value in kept.items()]


def _range(value: Range | None) -> schemas.RangeUnderstood | None:
    if value is None:
        return None
    return schemas.RangeUnderstood(
        min=value.min,
        max=value.max,
        unit=value.unit or None,
        low=value.lo,
        high=value.hi,
        grades=None if value.grades is None else sorted(value.grades),
        written=value.written,
    )


def _covered(outcome: Outcome, asked: Range | None) -> schemas.RangeUnderstood | None:
    """Return the covered part of the range asked, in canonical units."""
    if outcome.covered is None or asked is None:
        return None
    low, high = outcome.covered
    return schemas.RangeUnderstood(min=None, max=None, unit=None, low=low, high=high)


def _spans(stated: StatedNeed, text: str) -> Iterable[schemas.Span]:
    for name, (start, end) in (stated.spans or {}).items():
        yield schemas.Span(of=name, start=start, end=end, text=text[start:end])
