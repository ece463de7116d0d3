"""What the database itself ensures for cart items."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart_item import CartItem
from tests.factories.cart import make_cart
from tests.factories.cart_item import make_cart_item


async def test_keeps_the_row(session: AsyncSession) -> None:
    cart_item = await make_cart_item(session)
    await make_cart(session, items=[cart_item])
    ident = cart_item.id
    session.expire_all()
    assert await session.get(CartItem, ident) is cart_item


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
    cart_item = await make_cart_item(session)
    await make_cart(session, items=[cart_item])
    setattr(cart_item, field, value)
    with pytest.raises(IntegrityError):
        await session.commit()
    await session.rollback()


async def test_unique_product_once(session: AsyncSession) -> None:
    cart_item = await make_cart_item(session)
    cart = await make_cart(session, items=[cart_item])
    other = await make_cart_item(
        session,
        product_id=cart_item.product_id,
    )
    cart.items.append(other)
    with pytest.raises(IntegrityError, match="uq_cart_items_product_once"):
        await session.commit()
    await session.rollback()


async def test_subtotal_is_computed(session: AsyncSession) -> None:
    cart_item = await make_cart_item(session)
    assert cart_item.subtotal == cart_item.quantity * cart_item.unit_price
