"""One search over services, platforms and projects, grouped by kind: as slow as the slowest of the three."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

from app.catalogue.asked import Asked, only_for, understand
from app.catalogue.params import SearchParams
from app.catalogue.project_request import AskedProjects
from app.catalogue.projects import search_projects
from app.catalogue.usecases import Searcher, search
from app.error_handlers import invalid_request
from app.vocabulary.names import Names
from search.schema import PROJECTS

PARAMETERS = frozenset({"q", "field", "city", "capability", "demo", "on_date", "limit"})
_OF_A_GROUP = ("hits", "total", "total_is_capped", "matching")


def understand_everything(
    params: SearchParams, names: Names, today: date
) -> tuple[Asked, Asked, AskedProjects]:
    """Return the searches for services, platforms and projects.

    Raises InvalidRequest that names what does not exist, or is not for all three.
    """
    problems = only_for(params, PARAMETERS)
    if problems:
        raise invalid_request(problems)
    services = replace(understand(params.model_copy(update={"index": "services"}), names, today), relax=False)
    projects = AskedProjects(
        index=PROJECTS.name,
        text=services.text,
        fields=services.fields,
        regions=services.regions,
        capabilities=services.capabilities,
        demo=services.demo,
        relax=False,
    )
    return services, replace(services, index="platforms"), projects


async def search_everything(
    tools: Searcher, asked: tuple[Asked, Asked, AskedProjects], *, limit: int
) -> dict[str, Any]:
    """Return an `AllSearchAnswer` as JSON values. Raises SearchUnavailable."""
    services, platforms, projects = asked
    answers = await asyncio.gather(
        search(tools, services, offset=0, limit=limit),
        search(tools, platforms, offset=0, limit=limit),
        search_projects(tools, projects, offset=0, limit=limit),
    )
    engines = list(dict.fromkeys(answer["engine"] for answer in answers))
    return {
        "index": "all",
        "groups": {answer["index"]: {name: answer[name] for name in _OF_A_GROUP} for answer in answers},
        "engine": ",".join(engines),
        "degraded": any(answer["degraded"] for answer in answers),
    }
