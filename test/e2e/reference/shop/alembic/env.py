"""Alembic environment: runs the migrations over asyncpg, or prints their SQL."""

import asyncio
import importlib
import pkgutil
from importlib.util import find_spec
from logging.config import fileConfig

from alembic import context
from sqlalchemy import Connection
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from src.core.config import get_settings
from src.core.database import Base

LOCK_TIMEOUT_MS = 10000
# Any constant will do, as long as nothing else in this database takes the same advisory lock.
ADVISORY_LOCK_KEY = 727_245_101


def import_models() -> None:
    """Import every module of src.models, so that Base.metadata knows all tables."""
    if find_spec("src.models") is None:
        return
    package = importlib.import_module("src.models")
    for module in pkgutil.walk_packages(package.__path__, prefix="src.models."):
        importlib.import_module(module.name)


def run_offline(url: str) -> None:
    """Print the SQL of the migrations; no database is needed."""
    context.configure(
        url=url,
        target_metadata=Base.metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


def run_on(connection: Connection) -> None:
    """Run the migrations on a connection, one run at a time, in one transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK_KEY})
        connection.execute(
            text("SELECT set_config('lock_timeout', :ms, true)"), {"ms": str(LOCK_TIMEOUT_MS)}
        )
        context.run_migrations()


async def run_online(url: str) -> None:
    """Connect to the database and run the migrations."""
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        connect_args={"timeout": 10, "server_settings": {"application_name": "alembic"}},
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run_on)
    finally:
        await engine.dispose()


def main() -> None:
    """Set up logging, load the models and run in the mode that alembic asks for."""
    if context.config.config_file_name is not None:
        fileConfig(context.config.config_file_name, disable_existing_loggers=False)
    import_models()
    url = str(get_settings().database_url)
    if context.is_offline_mode():
        run_offline(url)
    else:
        asyncio.run(run_online(url))


main()
