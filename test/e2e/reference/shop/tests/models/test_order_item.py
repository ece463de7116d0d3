"""What the database itself ensures for order items."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.order_item import OrderItem
from tests.factories.order import make_order
from tests.factories.order_item import make_order_item


async def test_keeps_the_row(session: AsyncSession) -> None:
    order_item = await make_order_item(session)
    await make_order(session, items=[order_item])
    ident = order_item.id
    session.expire_all()
    assert await session.get(OrderItem, ident) is order_item


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("product_id", None),
        ("product_id", UUID(int=0)),
        ("quantity", None),
        ("quantity", 0),
        ("unit_price", None),
        ("unit_price", Decimal("-0.01")),
    ],
)
async def test_refuses_an_invalid_value(session: AsyncSession, field: str, value: object) -> None:
    order_item = await make_order_item(session)
    await make_order(session, items=[order_item])
    setattr(order_item, field, value)
    with pytest.raises(IntegrityError):
        await session.commit()
    await session.rollback()


async def test_subtotal_is_computed(session: AsyncSession) -> None:
    order_item = await make_order_item(session)
    assert order_item.subtotal == order_item.quantity * order_item.unit_price
