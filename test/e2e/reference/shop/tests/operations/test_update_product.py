"""PUT /products/{id} (update_product)."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.product import Product
from tests.factories.product import make_product
from tests.problems import assert_problem


async def prepare(session: AsyncSession, **given: object) -> Product:
    """Insert one that the operation accepts."""
    values: dict[str, Any] = {}
    return await make_product(session, **(values | given))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "name"},
        {"description": "description"},
        {"description": None},
        {"price": "1.00"},
        {"stock": 1},
        {"is_active": True},
    ],
)
async def test_changes_what_is_sent(
    client: AsyncClient,
    session: AsyncSession,
    body: dict[str, object],
) -> None:
    product = await prepare(session)
    path = f"/products/{product.id}"
    first = await client.put(path, json={})
    assert first.status_code == 200
    response = await client.put(path, json=body)
    assert response.status_code == 200
    assert response.json() == first.json() | body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", 1),
        ("name", "\x00"),
        ("name", ""),
        ("name", "x" * 201),
        ("description", 1),
        ("description", "\x00"),
        ("description", "x" * 2001),
        ("price", None),
        ("price", "x"),
        ("price", "0.001"),
        ("price", "1e99"),
        ("price", "0"),
        ("stock", None),
        ("stock", "1"),
        ("stock", 1.5),
        ("stock", 2**31),
        ("stock", -1),
        ("is_active", None),
        ("is_active", "x"),
        ("unknown", 1),
    ],
)
async def test_refuses_an_invalid_value(
    client: AsyncClient,
    session: AsyncSession,
    field: str,
    value: object,
) -> None:
    product = await prepare(session)
    path = f"/products/{product.id}"
    response = await client.put(path, json={field: value})
    assert_problem(response, 422)


async def test_unknown_id(client: AsyncClient) -> None:
    path = f"/products/{UUID(int=0)}"
    assert_problem(await client.put(path, json={}), 404)
