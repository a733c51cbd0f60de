"""Whether the process lives and whether it can answer; asked by load balancers, not by users."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.db import SessionFactory
from app.models.system import CatalogueVersion
from search.port import SearchEngine, SearchError
from search.schema import SCHEMAS

router = APIRouter(tags=["operations"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class DatabaseState(BaseModel):
    """Whether the database answers, and how far the catalogue in it has come."""

    available: bool
    catalogue_version: int | None = Field(description="null before the catalogue is loaded", examples=[3])
    changed_at: datetime | None = None


class IndexState(BaseModel):
    """One search index; `lag` counts the catalogue versions that it is behind."""

    index: str = Field(examples=["services"])
    built_from_version: int | None = Field(examples=[3])
    lag: int | None = Field(description="0: up to date; null: not built or not known", examples=[0])


class EngineState(BaseModel):
    """Whether the search engine answers, and how old its indexes are."""

    engine: str = Field(examples=["embedded"])
    available: bool
    version: str | None = None
    indexes: list[IndexState]
    detail: str | None = None


class Readiness(BaseModel):
    """`ready` when the database and the engine answer and every index is built."""

    status: Literal["ready", "not_ready"]
    database: DatabaseState
    search: EngineState


@router.get("/healthz", summary="Whether the process is alive")
async def get_health() -> Alive:
    """Answer at once, without asking the database or the search engine."""
    return Alive()


@router.get(
    "/readyz",
    summary="Whether the database, the search engine and its indexes are ready",
    responses={503: {"model": Readiness, "description": "尚未就绪 Not ready"}},
)
async def get_readiness(request: Request, response: Response) -> Readiness:
    """Ask the database and the search engine; 503 while either does not answer or an index is not built.

    An index that is merely behind (`lag` above 0) still answers, so it does not make the process unready.
    """
    database = await _database_state(request.app.state.new_session)
    engine = await _engine_state(request.app.state.search, database.catalogue_version)
    built = all(index.built_from_version is not None for index in engine.indexes)
    ready = database.available and engine.available and built
    if not ready:
        response.status_code = 503
    return Readiness(status="ready" if ready else "not_ready", database=database, search=engine)


async def _database_state(new_session: SessionFactory) -> DatabaseState:
    try:
        async with new_session() as session:
            row = (await session.scalars(select(CatalogueVersion))).first()
    except (SQLAlchemyError, OSError):
        return DatabaseState(available=False, catalogue_version=None)
    if row is None:
        return DatabaseState(available=True, catalogue_version=None)
    return DatabaseState(available=True, catalogue_version=row.version, changed_at=row.changed_at)


async def _engine_state(engine: SearchEngine, catalogue_version: int | None) -> EngineState:
    try:
        health = await engine.health()
    except SearchError as error:
        return EngineState(engine=engine.name, available=False, indexes=[], detail=str(error))
    return EngineState(
        engine=health.engine,
        available=health.available,
        version=health.version,
        detail=health.detail,
        indexes=[
            _index_state(index, health.stamps.get(index), catalogue_version) for index in sorted(SCHEMAS)
        ],
    )


def _index_state(index: str, stamp: str | None, catalogue_version: int | None) -> IndexState:
    built_from = int(stamp) if stamp is not None and stamp.isdecimal() else None
    if built_from is None or catalogue_version is None:
        return IndexState(index=index, built_from_version=built_from, lag=None)
    return IndexState(index=index, built_from_version=built_from, lag=catalogue_version - built_from)
