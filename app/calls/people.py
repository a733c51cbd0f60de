"""Who is to be told of what happens in a call."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Call, DepartmentDuty, OrganisationRole, Platform
from app.notices import people_of_department, people_of_organisation

EDITORS = (OrganisationRole.OWNER, OrganisationRole.EDITOR)


async def people_of_call(session: AsyncSession, call: Call) -> Sequence[int]:
    """Return the keys of the editors of the centre, or of the reviewers and publishers of the department."""
    if call.department is not None:
        return await people_of_department(session, call.department, call.region_code, tuple(DepartmentDuty))
    platform = await session.get(Platform, call.platform_id)
    if platform is None or platform.operator_id is None:
        return ()
    return await people_of_organisation(session, platform.operator_id, EDITORS)
