"""How errors of the database and of the code are answered."""

import pytest
from fastapi import FastAPI
from httpx import ASGITransport
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.errors import register_error_handlers
from tests.problems import assert_problem


def client_of(error: Exception) -> AsyncClient:
    """Return a client of an application whose only route raises the error."""
    app = FastAPI()
    register_error_handlers(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    transport = ASGITransport(app=app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://test")


@pytest.mark.parametrize(
    ("sqlstate", "status"),
    [
        ("22003", 400),
        ("23502", 400),
        ("23505", 409),
        ("23514", 400),
        ("40001", 503),
        ("40P01", 503),
        ("42P01", 500),
    ],
)
async def test_database_error(session: AsyncSession, sqlstate: str, status: int) -> None:
    statement = f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{sqlstate}'; END $$"
    with pytest.raises(DBAPIError) as caught:
        await session.execute(text(statement))
    await session.rollback()
    async with client_of(caught.value) as client:
        assert_problem(await client.get("/"), status)


async def test_unexpected_error() -> None:
    async with client_of(RuntimeError("secret")) as client:
        response = await client.get("/")
    assert_problem(response, 500)
    assert "secret" not in response.text
