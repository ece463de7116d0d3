"""What the database itself ensures for orders."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.order import Order
from tests.factories.order import make_order
from tests.factories.order_item import make_order_item


async def test_keeps_the_row(session: AsyncSession) -> None:
    order = await make_order(session)
    ident = order.id
    session.expire_all()
    assert await session.get(Order, ident) is order


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_id", None),
        ("customer_id", UUID(int=0)),
        ("status", None),
        ("payment_status", None),
        ("total_amount", None),
        ("total_amount", Decimal("-0.01")),
        ("created_at", None),
    ],
)
async def test_refuses_an_invalid_value(session: AsyncSession, field: str, value: object) -> None:
    order = await make_order(session)
    setattr(order, field, value)
    with pytest.raises(IntegrityError):
        await session.commit()
    await session.rollback()


async def test_items_are_deleted_with_their_order(session: AsyncSession) -> None:
    order = await make_order(session, items=[await make_order_item(session)])
    await session.delete(order)
    await session.commit()
    assert await session.get(Order, order.id) is None


async def test_total_amount_is_computed(session: AsyncSession) -> None:
    items = [
        await make_order_item(session),
        await make_order_item(session),
    ]
    order = await make_order(session, items=items)
    assert order.total_amount == sum((item.subtotal for item in items), Decimal(0))
