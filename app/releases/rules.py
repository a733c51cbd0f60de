"""Who may issue a release of what, and which platforms may stand in it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.auth.principal import DepartmentRole
from app.auth.who import KIND_OF_DEPARTMENT, is_province
from app.models.membership import Department, DepartmentDuty
from app.models.registry import PlatformKind


@dataclass(frozen=True)
class Competence:
    """For what region, and by which departments, somebody may issue releases."""

    region_code: str
    departments: tuple[Department, ...]

    @property
    def kinds(self) -> tuple[PlatformKind, ...]:
        """The kinds of platform that the departments decide about. Source: design section 2, authority."""
        return tuple(KIND_OF_DEPARTMENT[department] for department in self.departments)

    def limited_to(self, kinds: Sequence[PlatformKind]) -> "Competence | None":
        """Return what is left for some kinds (none named: all of it); None when one is not theirs."""
        if not kinds:
            return self
        if not set(kinds) <= set(self.kinds):
            return None
        kept = tuple(each for each in self.departments if KIND_OF_DEPARTMENT[each] in kinds)
        return Competence(self.region_code, kept)


def competences(duties: Iterable[DepartmentRole]) -> tuple[Competence, ...]:
    """Return one for each region in which one of `duties` is to publish; a province first."""
    publishing = [duty for duty in duties if duty.role is DepartmentDuty.PUBLISHER]
    regions = sorted(
        {duty.region_code for duty in publishing}, key=lambda code: (not is_province(code), code)
    )
    return tuple(
        Competence(
            region,
            tuple(
                department
                for department in Department
                if any((duty.department, duty.region_code) == (department, region) for duty in publishing)
            ),
        )
        for region in regions
    )


def lies_in_province(province: str, region_code: str | None, in_province: bool | None) -> bool:
    """Tell whether a platform is known to lie in the province, by the first two digits of GB/T 2260.

    A place known only in words counts if it was said to lie in the province; unknown is not yes.
    """
    if region_code is None:
        return in_province is True
    return region_code[:2] == province[:2] and in_province is not False


def in_force(valid_from: date | None, valid_to: date | None, on_date: date) -> bool:
    """Tell whether a price counts on the day; both ends inclusive, a missing one is open."""
    return (valid_from is None or valid_from <= on_date) and (valid_to is None or on_date <= valid_to)
