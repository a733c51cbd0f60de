"""What the owner writes about a result: one document a version. Who may read which field is in `app.disclosure`."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.kit.schemas import Given
from app.matching.schemas import LONGEST_TEXT, MOST_NEEDS, Code, ConstraintsGiven, NeedGiven

Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Line = Annotated[str, Field(min_length=1, max_length=300)]


class LocalizedGiven(Given):
    """A text in Chinese and, where there is one, in English."""

    zh: Annotated[str, Field(min_length=1, max_length=2_000)]
    en: Annotated[str, Field(min_length=1, max_length=4_000)] | None = None


class RightKind(StrEnum):
    """A kind of intellectual property."""

    INVENTION = "invention"
    UTILITY_MODEL = "utility_model"
    DESIGN = "design"
    SOFTWARE_COPYRIGHT = "software_copyright"
    PLANT_VARIETY = "plant_variety"
    TRADE_SECRET = "trade_secret"  # noqa: S105 (a name, not a password)


class RightState(StrEnum):
    PLANNED = "planned"
    FILED = "filed"
    EXAMINED = "examined"
    GRANTED = "granted"
    LAPSED = "lapsed"


class IntellectualProperty(Given):
    """A patent or other right; `number` as the office writes it."""

    kind: RightKind
    state: RightState
    number: Annotated[str, Field(min_length=1, max_length=60)] | None = Field(
        default=None, examples=["CN202410000001.6"]
    )
    title: Line | None = None


class Contributor(Given):
    """Somebody who made the result."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    organisation: Line | None = None
    role: Line | None = None


class ResultDocument(Given):
    """A result. Each member is a field with a disclosure tier (`app.disclosure.rules.FIELDS`)."""

    title: LocalizedGiven = Field(examples=[{"zh": "高安全动力电池系统", "en": "A safe traction battery"}])
    public_abstract: LocalizedGiven | None = Field(
        default=None, description="the teaser that everybody may read once the result is pooled"
    )
    abstract: Text | None = None
    confidential: Text | None = Field(default=None, description="know-how; at least of the tier `granted`")
    fields: list[Code] = Field(
        default_factory=list, max_length=5, description="codes of `/v1/fields`, the main one first"
    )
    keywords: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default_factory=list, max_length=50
    )
    trl: int | None = Field(default=None, ge=1, le=9, description="readiness by GB/T 22900")
    trl_evidence: Text | None = Field(default=None, description="what shows that readiness")
    intellectual_property: list[IntellectualProperty] = Field(default_factory=list, max_length=50)
    people: list[Contributor] = Field(default_factory=list, max_length=50)
    needs: list[NeedGiven] = Field(default_factory=list, max_length=MOST_NEEDS)
    constraints: ConstraintsGiven | None = None

    def stored(self) -> dict[str, Any]:
        """Return the JSON form that a version keeps."""
        return self.model_dump(mode="json")
