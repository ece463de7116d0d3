"""GET /orders (list_orders)."""

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.order import OrderStatus
from tests.factories.order import make_order
from tests.problems import assert_problem


async def list_ids(client: AsyncClient, **query: str | int) -> list[str]:
    response = await client.get("/orders", params=query)
    assert response.status_code == 200
    return [row["id"] for row in response.json()]


async def test_pages_are_stable_and_complete(client: AsyncClient, session: AsyncSession) -> None:
    expected = {str((await make_order(session)).id) for _ in range(5)}
    everything = await list_ids(client)
    assert set(everything) == expected
    pages = [await list_ids(client, skip=skip, limit=2) for skip in (0, 2, 4, 6)]
    assert [ident for page in pages for ident in page] == everything
    assert [len(page) for page in pages] == [2, 2, 1, 0]


@pytest.mark.parametrize(
    "query",
    [
        "skip=-1",
        "skip=x",
        "limit=0",
        "limit=1001",
        "unknown=1",
    ],
)
async def test_refuses_an_invalid_query(client: AsyncClient, query: str) -> None:
    assert_problem(await client.get(f"/orders?{query}"), 422)


async def test_order_by_created_at(client: AsyncClient, session: AsyncSession) -> None:
    rows = [await make_order(session) for _ in range(3)]
    rows.sort(key=lambda row: (row.created_at, -row.id.int), reverse=True)
    assert await list_ids(client) == [str(row.id) for row in rows]


async def test_filter_by_customer_id(client: AsyncClient, session: AsyncSession) -> None:
    order = await make_order(session)
    await make_order(session)
    assert await list_ids(client, customer_id=str(order.customer_id)) == [str(order.id)]


async def test_filter_by_status(client: AsyncClient, session: AsyncSession) -> None:
    order = await make_order(session, status=OrderStatus.PENDING_PAYMENT)
    await make_order(session, status=OrderStatus.PAID)
    assert await list_ids(client, status="PENDING_PAYMENT") == [str(order.id)]
