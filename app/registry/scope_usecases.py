"""Reading scope lines: one, those of a platform, and the reverse directory."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidRequest
from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.registry import params, queries, schemas, scope_queries
from app.registry.checks import read_standards, read_value, region_codes, require_known
from app.registry.reading import Reader
from app.registry.scope_queries import LineConditions


async def get_scope_line(session: AsyncSession, reader: Reader, line_id: int) -> schemas.ScopeLineRead:
    """Raises ScopeLineNotFound."""
    return reader.scope_line(await scope_queries.get_line(session, line_id))


async def scope_lines_of_platform(
    session: AsyncSession, reader: Reader, key: str, asked: params.ScopeLinesOfPlatform
) -> Page[schemas.ScopeLineRead]:
    """Every line of the platform's accreditations, whatever they are worth on the day.

    Raises PlatformNotFound, InvalidCursor, and InvalidRequest for a standard number that cannot be read.
    """
    platform = await queries.get_platform(session, key)
    conditions = LineConditions(
        standard=read_standards("/query/standard", [asked.standard])[0] if asked.standard else None,
        schemes=asked.scheme,
        platform=platform.slug,
    )
    return await _page(session, reader, conditions, asked)


async def find_scope_lines(
    session: AsyncSession, reader: Reader, asked: params.ScopeLineQuery
) -> Page[schemas.ScopeLineRead]:
    """The lines under which a test may be done on the reader's day, at the value asked.

    Raises InvalidCursor, and InvalidRequest where nothing is asked or something cannot be read.
    """
    if not (asked.standard or asked.object or asked.parameter or asked.platform):
        raise InvalidRequest.at(
            "/query/standard",
            "missing",
            Localized(
                zh="standard、object、parameter、platform 至少给出一个",
                en="Give at least one of standard, object, parameter, platform",
            ),
        )
    require_known(reader.names, city=asked.city)
    conditions = LineConditions(
        standard=read_standards("/query/standard", [asked.standard])[0] if asked.standard else None,
        object_keys=reader.names.objects_covering(asked.object) if asked.object else None,
        parameter_keys=reader.names.parameters_named(asked.parameter) if asked.parameter else None,
        schemes=asked.scheme,
        valid_on=reader.on_date,
        value=read_value(asked.value, asked.unit),
        include_unstated=asked.include_unstated,
        region_codes=region_codes(reader.names, asked.city),
        platform=asked.platform,
        demo=asked.demo,
    )
    return await _page(session, reader, conditions, asked)


async def _page(
    session: AsyncSession, reader: Reader, conditions: LineConditions, asked: PageParams
) -> Page[schemas.ScopeLineRead]:
    page = await scope_queries.page_of_line_ids(session, conditions, asked)
    rows = {row.id: row for row in await scope_queries.lines_by_id(session, page.rows)}
    return page.to_page(lambda line_id: reader.scope_line(rows[line_id], conditions.value))
