"""POST /orders/{id}/pay (pay_order)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.order import Order
from src.models.order import OrderStatus
from tests.factories.order import make_order
from tests.problems import assert_problem


async def prepare(session: AsyncSession, **given: object) -> Order:
    """Insert one that the operation accepts."""
    values: dict[str, Any] = {
        "status": OrderStatus.PENDING_PAYMENT,
    }
    return await make_order(session, **(values | given))


async def test_succeeds(client: AsyncClient, session: AsyncSession) -> None:
    order = await prepare(session)
    path = f"/orders/{order.id}/pay"
    response = await client.post(path)
    assert response.status_code == 200
    answer = response.json()
    assert answer["status"] == "PAID"
    assert answer["payment_status"] == "SIMULATED_OK"


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
    path = f"/orders/{order.id}/pay"
    assert_problem(await client.post(path), 400)
    await session.refresh(order)
    assert order.status == status


async def test_at_once(client: AsyncClient, session: AsyncSession) -> None:
    order = await prepare(session)
    path = f"/orders/{order.id}/pay"
    responses = await asyncio.gather(*(client.post(path) for _ in range(3)))
    assert sorted(response.status_code for response in responses) == [200, 400, 400]


async def test_unknown_id(client: AsyncClient) -> None:
    path = f"/orders/{UUID(int=0)}/pay"
    assert_problem(await client.post(path), 404)
