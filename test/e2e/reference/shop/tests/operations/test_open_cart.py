"""POST /carts (open_cart)."""

import asyncio
from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import CartStatus
from tests.factories.cart import make_cart
from tests.factories.customer import make_customer
from tests.problems import assert_problem


async def make_body(session: AsyncSession) -> dict[str, Any]:
    return {
        "customer_id": str((await make_customer(session)).id),
    }


async def test_creates_one_then_returns_it(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    created = await client.post("/carts", json=body)
    assert created.status_code == 201
    returned = await client.post("/carts", json=body)
    assert returned.status_code == 200
    assert returned.json() == created.json()


async def test_at_once(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    responses = await asyncio.gather(*(client.post("/carts", json=body) for _ in range(5)))
    assert sorted(response.status_code for response in responses) == [200, 200, 200, 200, 201]
    assert len({response.json()["id"] for response in responses}) == 1


async def test_only_where_status_is_open(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    cart = await make_cart(
        session,
        customer_id=UUID(body["customer_id"]),
        status=CartStatus.CHECKED_OUT,
    )
    response = await client.post("/carts", json=body)
    assert response.status_code == 201
    assert response.json()["id"] != str(cart.id)


async def test_unknown_customer(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session) | {"customer_id": str(UUID(int=0))}
    assert_problem(await client.post("/carts", json=body), 404)


async def test_invalid_body(client: AsyncClient) -> None:
    assert_problem(await client.post("/carts", json={"unknown": 1}), 422)
