"""POST /orders/{id}/cancel (cancel_order)."""

import asyncio
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.order import OrderStatus
from tests.factories.order import make_order
from tests.factories.order_item import make_order_item
from tests.factories.product import make_product
from tests.problems import assert_problem


@pytest.mark.parametrize(
    "status",
    [
        OrderStatus.PENDING_PAYMENT,
    ],
)
async def test_changes_the_status(
    client: AsyncClient,
    session: AsyncSession,
    status: OrderStatus,
) -> None:
    order = await make_order(session, status=status)
    response = await client.post(f"/orders/{order.id}/cancel")
    assert response.status_code == 200
    answer = response.json()
    assert answer["status"] == "CANCELLED"


@pytest.mark.parametrize(
    "status",
    [
        OrderStatus.PAID,
        OrderStatus.CANCELLED,
    ],
)
async def test_refuses_another_status(
    client: AsyncClient,
    session: AsyncSession,
    status: OrderStatus,
) -> None:
    order = await make_order(session, status=status)
    assert_problem(await client.post(f"/orders/{order.id}/cancel"), 400)
    await session.refresh(order)
    assert order.status == status


async def test_at_once(client: AsyncClient, session: AsyncSession) -> None:
    order = await make_order(session, status=OrderStatus.PENDING_PAYMENT)
    path = f"/orders/{order.id}/cancel"
    responses = await asyncio.gather(*(client.post(path) for _ in range(3)))
    assert sorted(response.status_code for response in responses) == [200, 400, 400]


async def test_unknown_id(client: AsyncClient) -> None:
    assert_problem(await client.post(f"/orders/{UUID(int=0)}/cancel"), 404)


async def test_effect_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check that `items.product.stock` grows by `items.quantity`."""
    product = await make_product(session, stock=9)
    item = await make_order_item(session, product_id=product.id, quantity=2)
    order = await make_order(session, items=[item], status=OrderStatus.PENDING_PAYMENT)
    response = await client.post(f"/orders/{order.id}/cancel")
    assert response.status_code == 200
    await session.refresh(product)
    assert product.stock == 9 + 2
