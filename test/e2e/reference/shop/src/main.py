"""Entry point: builds the application and runs it."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPMethod

import uvicorn
from fastapi import FastAPI
from fastapi import Response
from fastapi import status
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client import Counter
from prometheus_client import Histogram
from prometheus_client import generate_latest
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

import src.api.routes.health
import src.core.config
import src.core.database
from src.api.routes import carts
from src.api.routes import customers
from src.api.routes import orders
from src.api.routes import products
from src.core.errors import register_error_handlers
from src.core.logging import RequestLogMiddleware
from src.core.logging import configure_logging

MAX_BODY_BYTES = 1048576

REQUESTS = Counter(
    "http_requests_total", "Requests answered.", labelnames=("method", "route", "status")
)
REQUEST_DURATION = Histogram(
    "http_request_duration_seconds",
    "Time from the first byte of a request to the last of its response.",
    labelnames=("method", "route", "status"),
)
KNOWN_METHODS = frozenset(HTTPMethod)


class MetricsMiddleware:
    """Counts and times requests by method, route template and status.

    The template is the path of the router that declares it, so prefixes belong on the
    `APIRouter`. What matches no route, or uses an unknown method, shares one label.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        code: int = status.HTTP_500_INTERNAL_SERVER_ERROR

        async def send_and_note_status(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self.app(scope, receive, send_and_note_status)
        finally:
            method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
            route = getattr(scope.get("route"), "path_format", "unmatched")
            REQUESTS.labels(method, route, code).inc()
            REQUEST_DURATION.labels(method, route, code).observe(time.perf_counter() - started)


class RequestTimeoutMiddleware:
    """Cancels a request whose response has not started in time, and answers 504."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        deadline = asyncio.timeout(self.seconds)

        async def send_and_lift_limit(message: Message) -> None:
            if message["type"] == "http.response.start" and not deadline.expired():
                deadline.reschedule(None)
            await send(message)

        try:
            async with deadline:
                await self.app(scope, receive, send_and_lift_limit)
        except TimeoutError:
            if not deadline.expired():
                raise
            response = JSONResponse(
                {"detail": "The request took too long"}, status.HTTP_504_GATEWAY_TIMEOUT
            )
            await response(scope, receive, send)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Close the database connections when the server stops."""
    try:
        yield
    finally:
        await src.core.database.dispose_engine()


async def metrics() -> Response:
    """Return the metrics of this process in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def create_app() -> FastAPI:
    """Build the application from the settings."""
    settings = src.core.config.get_settings()
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s [%(name)s] %(message)s"
    )

    app = FastAPI(
        title=settings.app_name,
        version=settings.app_version,
        lifespan=lifespan,
        max_body_size=MAX_BODY_BYTES,
    )
    # The middleware added last sees a request first.
    app.add_middleware(RequestTimeoutMiddleware, seconds=settings.request_timeout_seconds)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
        )
    app.add_middleware(MetricsMiddleware)
    configure_logging(settings)
    register_error_handlers(app)
    app.add_middleware(RequestLogMiddleware)

    app.add_api_route("/metrics", metrics, include_in_schema=False)
    app.include_router(src.api.routes.health.router)
    app.include_router(products.router)
    app.include_router(customers.router)
    app.include_router(carts.router)
    app.include_router(orders.router)
    return app


app = create_app()


def run() -> None:
    """Serve the application; on SIGTERM, open requests get their time limit to finish."""
    settings = src.core.config.get_settings()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level.lower(),
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.request_timeout_seconds),
    )


if __name__ == "__main__":
    run()
