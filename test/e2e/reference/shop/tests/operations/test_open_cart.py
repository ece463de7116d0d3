"""POST /carts (open_cart)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.customer import make_customer
from tests.problems import assert_problem


async def make_body(session: AsyncSession) -> dict[str, Any]:
    customer = await make_customer(
        session,
    )
    return {
        "customer_id": str(customer.id),
    }


async def test_creates_one_then_returns_it(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    path = "/carts"
    created = await client.post(path, json=body)
    assert created.status_code == 201
    returned = await client.post(path, json=body)
    assert returned.status_code == 200
    assert returned.json() == created.json()


async def test_at_once(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    path = "/carts"
    responses = await asyncio.gather(*(client.post(path, json=body) for _ in range(5)))
    assert sorted(response.status_code for response in responses) == [200, 200, 200, 200, 201]
    assert len({response.json()["id"] for response in responses}) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_id", None),
        ("customer_id", "x"),
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
    path = "/carts"
    assert_problem(await client.post(path, json=body), 422)


async def test_unknown_customer(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session) | {"customer_id": str(UUID(int=0))}
    path = "/carts"
    assert_problem(await client.post(path, json=body), 404)
