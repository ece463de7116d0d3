"""Rows of carts."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import Cart
from src.models.cart import CartStatus
from tests.factories.customer import make_customer


async def make_cart(session: AsyncSession, **given: object) -> Cart:
    """Insert one; a field that is not given gets a valid value."""
    if "customer_id" not in given:
        given["customer_id"] = (await make_customer(session)).id
    values: dict[str, Any] = {
        "status": CartStatus.OPEN,
        "items": [],
    }
    cart = Cart(**(values | given))
    session.add(cart)
    await session.commit()
    return cart
