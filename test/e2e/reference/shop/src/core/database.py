"""Database access: declarative base, engine and sessions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from typing import ClassVar

from sqlalchemy import DateTime
from sqlalchemy import MetaData
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase

from src.core.config import get_settings

CONNECT_TIMEOUT_SECONDS = 5
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
POOL_RECYCLE_SECONDS = 1800
# The server ends a slow statement first; this is for a server that no longer answers.
COMMAND_TIMEOUT_MARGIN_SECONDS = 5

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all mapped classes.

    Constraints get names that migrations can rely on; datetimes carry their time zone.
    """

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True)}


@lru_cache
def get_engine() -> AsyncEngine:
    """Return the engine of this process; the first call makes it, and no call connects."""
    settings = get_settings()
    statement_timeout_ms = settings.database_statement_timeout_ms
    return create_async_engine(
        str(settings.database_url),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_pool_timeout,
        pool_recycle=POOL_RECYCLE_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_SECONDS,
            "command_timeout": statement_timeout_ms / 1000 + COMMAND_TIMEOUT_MARGIN_SECONDS,
            "server_settings": {
                "application_name": settings.app_name,
                "statement_timeout": str(statement_timeout_ms),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
            },
        },
    )


@lru_cache
def get_sessionmaker() -> async_sessionmaker[AsyncSession]:
    """Return the session factory of this process."""
    return async_sessionmaker(get_engine(), expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    """Yield the session of one request; for use as a FastAPI dependency.

    It commits nothing: services do, with `session.commit()` or `session.begin()`. Leaving
    the context, by an exception or not, rolls back what was not committed.
    """
    async with get_sessionmaker()() as session:
        yield session


async def ping(timeout_seconds: float) -> None:
    """Run a trivial query.

    Raises:
        OSError: The server cannot be reached, or gave no answer in time (TimeoutError).
        sqlalchemy.exc.SQLAlchemyError: It refused the connection or the query.
    """
    async with asyncio.timeout(timeout_seconds), get_engine().connect() as connection:
        await connection.execute(text("SELECT 1"))


async def dispose_engine() -> None:
    """Close all connections; the next use makes a new engine."""
    if get_engine.cache_info().currsize == 0:
        return
    engine = get_engine()
    get_sessionmaker.cache_clear()
    get_engine.cache_clear()
    await engine.dispose()
