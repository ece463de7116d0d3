"""What the database itself ensures for products."""

from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.product import Product
from tests.factories.product import make_product


async def test_keeps_the_row(session: AsyncSession) -> None:
    product = await make_product(session)
    ident = product.id
    session.expire_all()
    assert await session.get(Product, ident) is product


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("price", None),
        ("price", Decimal("0.00")),
        ("stock", None),
        ("stock", -1),
        ("is_active", None),
    ],
)
async def test_refuses_an_invalid_value(session: AsyncSession, field: str, value: object) -> None:
    product = await make_product(session)
    setattr(product, field, value)
    with pytest.raises(IntegrityError):
        await session.commit()
    await session.rollback()
