"""Rows of the vocabularies as answers, in the language asked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.kit.i18n import Lang, Localized
from app.models import (
    CapabilityTerm,
    FieldCrosswalk,
    FieldOfIndustry,
    Region,
    ServiceFunction,
    Standard,
    StandardEdition,
    StandardEquivalence,
    StandardSupersession,
)
from app.vocabulary import schemas
from app.vocabulary.names import Names, label
from app.vocabulary.rules import chain, edition_state

_GROUPS: Mapping[str, Localized] = {
    "concept_verification_function": Localized(zh="概念验证服务功能", en="concept verification functions"),
    "pilot_solution": Localized(zh="中试解决方案", en="pilot solutions"),
    "one_stop_service": Localized(zh="一站式服务", en="one-stop services"),
    "miit_verification_type": Localized(
        zh="工业和信息化部验证类型", en="verification types of the ministry of industry"
    ),
    "other_official_function": Localized(zh="其他官方表述的功能", en="other functions named officially"),
}


@dataclass(frozen=True)
class Reader:
    """Makes answers; `names` are the names of codes, `lang` the language of labels."""

    names: Names
    lang: Lang

    def field(
        self,
        row: FieldOfIndustry,
        subs: Sequence[FieldOfIndustry],
        crosswalks: Sequence[FieldCrosswalk],
    ) -> schemas.FieldRead:
        name = Localized(zh=row.name_zh, en=row.name_en)
        return schemas.FieldRead(
            code=row.code,
            parent_code=row.parent_code,
            name=name,
            label=name.in_lang(self.lang),
            aliases=row.aliases,
            in_plan=row.in_plan,
            note=row.note,
            sub_directions=[self._sub_direction(sub) for sub in subs],
            crosswalks=[
                schemas.Crosswalk(taxonomy=each.taxonomy, code=each.code, name_zh=each.name_zh)
                for each in crosswalks
            ],
        )

    def _sub_direction(self, row: FieldOfIndustry) -> schemas.SubDirection:
        name = Localized(zh=row.name_zh, en=row.name_en)
        return schemas.SubDirection(code=row.code, name=name, label=name.in_lang(self.lang))

    def region(self, row: Region) -> schemas.RegionRead:
        name = Localized(zh=row.name_zh, en=row.name_en)
        return schemas.RegionRead(
            code=row.code,
            parent_code=row.parent_code,
            level=schemas.RegionLevel(row.level),
            name=name,
            label=name.in_lang(self.lang),
            short_zh=row.short_zh,
            slug=row.slug,
            lat=row.lat,
            lon=row.lon,
            retired=row.retired,
            successor_codes=row.successor_codes,
        )

    def function_groups(self, rows: Iterable[ServiceFunction]) -> list[schemas.FunctionGroup]:
        """Return the groups in the order in which their functions come."""
        groups: dict[str, list[ServiceFunction]] = {}
        for row in rows:
            groups.setdefault(row.group, []).append(row)
        return [self._function_group(group, members) for group, members in groups.items()]

    def _function_group(self, group: str, rows: Sequence[ServiceFunction]) -> schemas.FunctionGroup:
        name = _GROUPS.get(group, Localized(zh=group, en=group))
        return schemas.FunctionGroup(
            group=group,
            name=name,
            label=name.in_lang(self.lang),
            in_plan=all(row.in_plan for row in rows),
            functions=[
                schemas.FunctionRead(
                    code=row.code,
                    name=Localized(zh=row.name_zh, en=row.name_en),
                    label=Localized(zh=row.name_zh, en=row.name_en).in_lang(self.lang),
                    synonyms=row.synonyms,
                )
                for row in rows
            ],
        )

    def term(self, row: CapabilityTerm) -> schemas.TermListed:
        name = Localized(zh=row.name_zh, en=row.name_en)
        return schemas.TermListed(
            code=row.code,
            name=name,
            label=name.in_lang(self.lang),
            synonyms=row.synonyms,
            same_as=row.same_as,
            fields=self._fields(row.field_codes),
            designation=None if row.designation is None else schemas.Designation(**row.designation),
        )

    def term_with_standards(
        self, row: CapabilityTerm, standards: Sequence[schemas.StandardBrief]
    ) -> schemas.TermRead:
        return schemas.TermRead(**dict(self.term(row)), standards=list(standards))

    def standard(self, row: Standard, editions: Sequence[StandardEdition]) -> schemas.StandardBrief:
        return schemas.StandardBrief(
            base=row.base,
            title=_title(row),
            capability=self._term(row.capability_code),
            fields=self._fields(row.field_codes),
            listed=row.listed,
            editions=[edition.number for edition in editions],
        )

    def standard_with_relations(
        self,
        row: Standard,
        *,
        asked: StandardEdition | None,
        editions: Sequence[StandardEdition],
        equivalences: Sequence[StandardEquivalence],
        supersessions: Sequence[StandardSupersession],
        on_date: date,
    ) -> schemas.StandardRead:
        """Say everything about the standard, or about the edition `asked` alone."""
        starts = [asked.number] if asked else [edition.number for edition in editions]
        return schemas.StandardRead(
            number=asked.number if asked else row.base,
            base=row.base,
            year=asked.year if asked else None,
            title=_title(row),
            body=row.body,
            kind=row.kind,
            capability=self._term(row.capability_code),
            fields=self._fields(row.field_codes),
            listed=row.listed,
            on_date=on_date,
            editions=[_edition(edition, supersessions, on_date) for edition in editions],
            equivalents=[
                _equivalent(each, adopts=each.base == row.base)
                for each in equivalences
                if asked is None or asked.number in (each.number, each.adopts)
            ],
            supersedes=[
                _replacement(steps, each, on_date)
                for steps, each in chain(starts, supersessions, lambda e: e.new, lambda e: e.old)
            ],
            superseded_by=[
                _replacement(steps, each, on_date)
                for steps, each in chain(starts, supersessions, lambda e: e.old, lambda e: e.new)
            ],
        )

    def _term(self, code: str | None) -> schemas.Coded | None:
        if code is None:
            return None
        return schemas.Coded(code=code, label=label(self.names.terms, code, self.lang))

    def _fields(self, codes: Collection[str]) -> list[schemas.Coded]:
        return [schemas.Coded(code=code, label=label(self.names.fields, code, self.lang)) for code in codes]


def _title(row: Standard) -> Localized | None:
    return None if row.title_zh is None else Localized(zh=row.title_zh)


def _edition(
    edition: StandardEdition, supersessions: Sequence[StandardSupersession], on_date: date
) -> schemas.Edition:
    days = [each.effective for each in supersessions if each.old == edition.number]
    return schemas.Edition(number=edition.number, year=edition.year, state=edition_state(days, on_date))


def _equivalent(row: StandardEquivalence, *, adopts: bool) -> schemas.Equivalent:
    return schemas.Equivalent.model_validate(
        {
            "number": row.number if adopts else row.adopts,
            "direction": "adopts" if adopts else "adopted_by",
            "other": row.adopts if adopts else row.number,
            "degree": row.degree,
            "source": row.source,
            "confidence": row.confidence,
        }
    )


def _replacement(steps: int, row: StandardSupersession, on_date: date) -> schemas.Replacement:
    return schemas.Replacement.model_validate(
        {
            "old": row.old,
            "new": row.new,
            "effective": row.effective,
            "in_force": None if row.effective is None else row.effective <= on_date,
            "steps": steps,
            "source": row.source,
            "confidence": row.confidence,
        }
    )
