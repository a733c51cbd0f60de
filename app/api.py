"""Mounts the routers of every domain under /v1."""

from fastapi import APIRouter, Depends

from app.errors import InvalidRequest, problems
from app.guards import refuse_unusable_parameters

api = APIRouter(
    prefix="/v1",
    dependencies=[Depends(refuse_unusable_parameters)],
    responses=problems(InvalidRequest),
)
