"""Rows of cart items."""

from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart_item import CartItem
from tests.factories.product import make_product


async def make_cart_item(session: AsyncSession, **given: object) -> CartItem:
    """Build one for its cart; a field that is not given gets a valid value."""
    if "product_id" not in given:
        given["product_id"] = (await make_product(session)).id
    values: dict[str, Any] = {
        "quantity": 1,
        "unit_price": Decimal("1.00"),
    }
    return CartItem(**(values | given))
