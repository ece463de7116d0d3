"""Rows of orders."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.models.order import Order
from src.models.order import OrderPaymentStatus
from src.models.order import OrderStatus
from tests.factories.customer import make_customer


async def make_order(session: AsyncSession, **given: object) -> Order:
    """Insert one; a field that is not given gets a valid value."""
    if "customer_id" not in given:
        given["customer_id"] = (await make_customer(session)).id
    values: dict[str, Any] = {
        "status": OrderStatus.PENDING_PAYMENT,
        "payment_status": OrderPaymentStatus.PENDING,
        "items": [],
    }
    order = Order(**(values | given))
    order.recompute()
    session.add(order)
    await session.commit()
    return order
