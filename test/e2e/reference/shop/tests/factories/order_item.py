"""Rows of order items."""

from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.models.order_item import OrderItem
from tests.factories.product import make_product


async def make_order_item(session: AsyncSession, **given: object) -> OrderItem:
    """Build one for its order; a field that is not given gets a valid value."""
    if "product_id" not in given:
        given["product_id"] = (await make_product(session)).id
    values: dict[str, Any] = {
        "quantity": 1,
        "unit_price": Decimal("1.00"),
    }
    return OrderItem(**(values | given))
