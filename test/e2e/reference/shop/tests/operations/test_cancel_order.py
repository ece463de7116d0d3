"""POST /orders/{id}/cancel (cancel_order)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.order import Order
from src.models.order import OrderStatus
from tests.factories.order import make_order
from tests.factories.order_item import make_order_item
from tests.factories.product import make_product
from tests.problems import assert_problem


async def prepare(session: AsyncSession, **given: object) -> Order:
    """Insert one that the operation accepts."""
    values: dict[str, Any] = {
        "status": OrderStatus.PENDING_PAYMENT,
    }
    if "items" not in given:
        product = await make_product(
            session,
            stock=9,
        )
        child = await make_order_item(
            session,
            product_id=product.id,
        )
        values["items"] = [child]
    return await make_order(session, **(values | given))


async def test_succeeds(client: AsyncClient, session: AsyncSession) -> None:
    order = await prepare(session)
    path = f"/orders/{order.id}/cancel"
    response = await client.post(path)
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
    order = await prepare(session, status=status)
    path = f"/orders/{order.id}/cancel"
    assert_problem(await client.post(path), 400)
    await session.refresh(order)
    assert order.status == status


async def test_at_once(client: AsyncClient, session: AsyncSession) -> None:
    order = await prepare(session)
    path = f"/orders/{order.id}/cancel"
    responses = await asyncio.gather(*(client.post(path) for _ in range(3)))
    assert sorted(response.status_code for response in responses) == [200, 400, 400]


async def test_unknown_id(client: AsyncClient) -> None:
    path = f"/orders/{UUID(int=0)}/cancel"
    assert_problem(await client.post(path), 404)


async def test_effect_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check that `items.product.stock` grows by `items.quantity`."""
    row = await make_product(session, stock=9)
    item = await make_order_item(
        session,
        product_id=row.id,
        quantity=2,
    )
    order = await prepare(session, items=[item])
    path = f"/orders/{order.id}/cancel"
    response = await client.post(path)
    assert response.status_code == 200
    await session.refresh(row)
    assert row.stock == 9 + 2
