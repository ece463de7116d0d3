"""POST /customers (create_customer)."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.customer import Customer
from tests.problems import assert_problem


async def make_body(session: AsyncSession) -> dict[str, Any]:
    # The rows that it names would be inserted here.
    _ = session
    return {
        "email": "email@example.com",
        "full_name": "full_name",
    }


async def test_creates(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    path = "/customers"
    response = await client.post(path, json=body)
    assert response.status_code == 201
    answer = response.json()
    assert {name: answer[name] for name in body} == body
    assert await session.get(Customer, UUID(answer["id"])) is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", None),
        ("email", 1),
        ("email", "x"),
        ("full_name", None),
        ("full_name", 1),
        ("full_name", "\x00"),
        ("full_name", ""),
        ("full_name", "x" * 201),
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
    path = "/customers"
    assert_problem(await client.post(path, json=body), 422)


@pytest.mark.parametrize(
    "field",
    [
        "email",
        "full_name",
    ],
)
async def test_refuses_an_absent_field(
    client: AsyncClient,
    session: AsyncSession,
    field: str,
) -> None:
    body = await make_body(session)
    del body[field]
    path = "/customers"
    assert_problem(await client.post(path, json=body), 422)


async def test_refuses_a_duplicate(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    path = "/customers"
    first = await client.post(path, json=body)
    assert first.status_code == 201
    assert_problem(await client.post(path, json=body), 400)
