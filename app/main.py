"""Puts the application together. Importing this module has no effect; `create_app` makes an application."""

import asyncio
import gc
import re
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_fastapi_instrumentator import Instrumentator
from pydantic.warnings import UnsupportedFieldAttributeWarning
from starlette.datastructures import State
from starlette.middleware.cors import CORSMiddleware

import app as package
from app.accounts.mail import make_mailer
from app.accounts.passwords import Passwords
from app.accounts.rate_limits import RateLimits
from app.api import api
from app.auth.token_key import TokenKey
from app.db import SessionFactory
from app.demand.usecases import Demand
from app.error_handlers import install_error_handlers
from app.guards import BodyLimitMiddleware
from app.health import router as health_router
from app.imports.endpoints import FILE_PATHS
from app.imports.rows import MEBIBYTE
from app.jobs.watch import watch_jobs
from app.kit.clock import utcnow
from app.logging import REQUEST_ID_HEADER, RequestLogMiddleware, configure_logging
from app.openapi import DESCRIPTION, TAGS, TITLE, install_openapi, operation_id
from app.policy import TABLE
from app.results.files import tidy_attachments
from app.results.uploads import ATTACHMENT_PATHS
from app.settings import Settings, load_settings
from app.startup import build_indexes_when_possible, make_snapshots, open_database, open_search
from app.vocabulary.units import canonical_unit
from app.webhooks.document import describe_webhooks
from app.webhooks.worker import deliver_webhooks
from app.worker import keep_told, run_worker, send_mails
from search.port import SearchEngine

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(settings: Settings) -> FastAPI:
    """Return the application; its database and search engine are opened when it starts, closed when it stops."""
    app = FastAPIOffline(
        title=TITLE,
        version=package.__version__,
        summary="中试平台与概念验证中心的能力目录与匹配",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        servers=[{"url": "/", "description": "this server"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
        lifespan=_lifespan(settings),
    )
    furnish(app, settings)
    app.include_router(api)
    app.include_router(health_router)
    describe_webhooks(app)
    install_error_handlers(app)
    install_openapi(app)
    _install_metrics(app)
    # The last added is the outermost: every answer, also to a body that is too large, is logged and has CORS.
    # A form has lines around the file.
    files = {
        re.compile(api.prefix + FILE_PATHS): (settings.import_limit_mb + 1) * MEBIBYTE,
        re.compile(api.prefix + ATTACHMENT_PATHS): (settings.attachment_limit_mb + 1) * MEBIBYTE,
    }
    app.add_middleware(BodyLimitMiddleware, larger=files)
    app.add_middleware(RequestLogMiddleware)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=[REQUEST_ID_HEADER],
        )
    return app


def create_app_from_environment() -> FastAPI:
    """Return the application with the settings of the process; each worker process calls this."""
    settings = load_settings()
    configure_logging(settings)
    # FastAPI silences this around each field it makes by changing the filters of the whole process, and makes fields
    # in two threads: the one that writes the document while starting, and that of the first request.
    warnings.simplefilter("ignore", category=UnsupportedFieldAttributeWarning)
    return create_app(settings)


def furnish(app: FastAPI, settings: Settings) -> None:
    """Give `app` what follows from its settings alone; what it had is forgotten."""
    app.state = State()
    app.state.settings = settings
    app.state.clock = utcnow
    app.state.policy = TABLE
    app.state.token_key = TokenKey(settings)
    app.state.passwords = Passwords()
    app.state.mailer = make_mailer(settings)
    app.state.rate_limits = RateLimits(writes_per_minute=settings.writes_per_minute, clock=utcnow)


def equip(app: FastAPI, new_session: SessionFactory, search: SearchEngine) -> None:
    """Give `app` what it answers from; the caller closes both when the application has stopped."""
    app.state.new_session = new_session
    app.state.search = search
    app.state.snapshots = make_snapshots()
    app.state.demand = Demand(app.state.snapshots)


def _lifespan(settings: Settings) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_database(settings) as new_session, open_search(settings, new_session) as search:
            equip(app, new_session, search)
            warming = asyncio.create_task(asyncio.to_thread(_warm_up, app))
            keeping_up = [asyncio.create_task(build_indexes_when_possible(new_session, search))]
            if settings.worker == "inside":
                keeping_up.append(asyncio.create_task(run_worker(new_session, search)))
                keeping_up.append(asyncio.create_task(watch_jobs(new_session, settings)))
                keeping_up.append(asyncio.create_task(deliver_webhooks(new_session, settings)))
                demand = app.state.demand
                keeping_up.append(asyncio.create_task(keep_told(new_session, search, demand)))
                keeping_up.append(asyncio.create_task(send_mails(new_session, settings)))
                keeping_up.append(asyncio.create_task(tidy_attachments(new_session, settings)))
            yield
            for task in keeping_up:
                task.cancel()
            await asyncio.gather(warming, *keeping_up, return_exceptions=True)

    return lifespan


def _warm_up(app: FastAPI) -> None:
    """Make what the first request would have to wait for."""
    app.openapi()
    canonical_unit("V")
    # What is alive now stays alive: no collection needs to look at it again.
    gc.collect()
    gc.freeze()


def _install_metrics(app: FastAPI) -> None:
    # A registry of its own: several applications may live in one process, as they do in tests.
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    instrumentator = Instrumentator(registry=registry, excluded_handlers=["/metrics", "/healthz", "/readyz"])
    instrumentator.instrument(app).expose(app, include_in_schema=False)
