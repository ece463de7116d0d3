"""GET /orders/{id} (get_order)."""

from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.order import make_order
from tests.problems import assert_problem


async def test_returns_it(client: AsyncClient, session: AsyncSession) -> None:
    order = await make_order(session)
    response = await client.get(f"/orders/{order.id}")
    assert response.status_code == 200
    assert response.json()["id"] == str(order.id)


async def test_unknown_id(client: AsyncClient) -> None:
    assert_problem(await client.get(f"/orders/{UUID(int=0)}"), 404)


async def test_malformed_id(client: AsyncClient) -> None:
    assert_problem(await client.get("/orders/x"), 422)
