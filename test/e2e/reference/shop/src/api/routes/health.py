"""Liveness and readiness."""

import logging
from typing import Literal

from fastapi import APIRouter
from fastapi import Response
from fastapi import status
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from src.core.database import ping

READINESS_TIMEOUT_SECONDS = 2

logger = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Answer of the liveness check."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Answer of the readiness check."""

    status: Literal["ready", "unavailable"]
    database: Literal["up", "down"]


@router.get("/health")
async def health() -> Health:
    """Tell that the process is alive."""
    return Health(status="ok")


@router.get("/ready", responses={status.HTTP_503_SERVICE_UNAVAILABLE: {"model": Readiness}})
async def ready(response: Response) -> Readiness:
    """Tell whether requests can be served: whether the database answers."""
    try:
        await ping(READINESS_TIMEOUT_SECONDS)
    except (OSError, SQLAlchemyError) as error:
        logger.warning("Database is not ready: %r", error)
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return Readiness(status="unavailable", database="down")
    return Readiness(status="ready", database="up")
