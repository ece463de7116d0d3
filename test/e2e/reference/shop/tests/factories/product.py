"""Rows of products."""

from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.models.product import Product


async def make_product(session: AsyncSession, **given: object) -> Product:
    """Insert one; a field that is not given gets a valid value."""
    values: dict[str, Any] = {
        "name": "name",
        "description": "description",
        "price": Decimal("1.00"),
        "stock": 1,
        "is_active": True,
    }
    product = Product(**(values | given))
    session.add(product)
    await session.commit()
    return product
