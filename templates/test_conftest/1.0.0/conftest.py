"""Fixtures: the application on a database of its own, which each test finds empty."""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.config import Config
from httpx import ASGITransport
from httpx import AsyncClient
from sqlalchemy import make_url
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.asyncio import create_async_engine

from src.core.config import get_settings
from src.core.database import Base
from src.core.database import dispose_engine
from src.core.database import get_sessionmaker

GIVEN_URL = make_url(str(get_settings().database_url))
TEST_URL = GIVEN_URL.set(database=f"{GIVEN_URL.database}_test")


def pytest_configure() -> None:
    """Point the application at `<database>_test`; the tests never touch the given one."""
    os.environ["DATABASE_URL"] = TEST_URL.render_as_string(hide_password=False)
    os.environ["ENVIRONMENT"] = "test"
    get_settings.cache_clear()


@pytest.fixture(scope="session")
async def database() -> AsyncIterator[None]:
    """Create the database and migrate it."""
    name = f'"{TEST_URL.database}"'
    admin = create_async_engine(GIVEN_URL, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await asyncio.to_thread(command.upgrade, Config("alembic.ini"), "head")
    yield
    await dispose_engine()
    async with admin.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await admin.dispose()


@pytest.fixture
async def session(database: None) -> AsyncIterator[AsyncSession]:  # noqa: ARG001 (it must exist)
    """Give a session of the test's own, and empty all tables afterwards."""
    async with get_sessionmaker()() as session:
        yield session
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    async with get_sessionmaker()() as cleaner:
        await cleaner.execute(text(f"TRUNCATE {tables}"))
        await cleaner.commit()


@pytest.fixture
async def client(session: AsyncSession) -> AsyncIterator[AsyncClient]:  # noqa: ARG001 (see above)
    """Give an HTTP client of the application."""
    # Imported late, because it reads the settings.
    app = importlib.import_module("src.main").app
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
