"""POST /products (create_product)."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.product import Product
from tests.problems import assert_problem


async def make_body(session: AsyncSession) -> dict[str, Any]:
    # The rows that it names would be inserted here.
    _ = session
    return {
        "name": "name",
        "description": "description",
        "price": "1.00",
        "stock": 1,
        "is_active": True,
    }


async def test_creates(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    path = "/products"
    response = await client.post(path, json=body)
    assert response.status_code == 201
    answer = response.json()
    assert {name: answer[name] for name in body} == body
    assert await session.get(Product, UUID(answer["id"])) is not None


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
    body = await make_body(session) | {field: value}
    path = "/products"
    assert_problem(await client.post(path, json=body), 422)


@pytest.mark.parametrize(
    "field",
    [
        "name",
        "price",
        "stock",
    ],
)
async def test_refuses_an_absent_field(
    client: AsyncClient,
    session: AsyncSession,
    field: str,
) -> None:
    body = await make_body(session)
    del body[field]
    path = "/products"
    assert_problem(await client.post(path, json=body), 422)
