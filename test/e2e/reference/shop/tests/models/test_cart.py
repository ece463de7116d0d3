"""What the database itself ensures for carts."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import Cart
from src.models.cart import CartStatus
from tests.factories.cart import make_cart
from tests.factories.cart_item import make_cart_item


async def test_keeps_the_row(session: AsyncSession) -> None:
    cart = await make_cart(session)
    ident = cart.id
    session.expire_all()
    assert await session.get(Cart, ident) is cart


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_id", None),
        ("customer_id", UUID(int=0)),
        ("status", None),
    ],
)
async def test_refuses_an_invalid_value(session: AsyncSession, field: str, value: object) -> None:
    cart = await make_cart(session)
    setattr(cart, field, value)
    with pytest.raises(IntegrityError):
        await session.commit()
    await session.rollback()


async def test_unique_open_per_customer(session: AsyncSession) -> None:
    cart = await make_cart(session)
    with pytest.raises(IntegrityError, match="uq_carts_open_per_customer"):
        await make_cart(
            session,
            customer_id=cart.customer_id,
        )
    await session.rollback()


async def test_unique_open_per_customer_only_where_status_is_open(session: AsyncSession) -> None:
    cart = await make_cart(session, status=CartStatus.CHECKED_OUT)
    other = await make_cart(
        session,
        customer_id=cart.customer_id,
    )
    assert other.id != cart.id


async def test_items_are_deleted_with_their_cart(session: AsyncSession) -> None:
    cart = await make_cart(session, items=[await make_cart_item(session)])
    await session.delete(cart)
    await session.commit()
    assert await session.get(Cart, cart.id) is None


async def test_total_is_computed(session: AsyncSession) -> None:
    items = [
        await make_cart_item(session),
        await make_cart_item(session),
    ]
    cart = await make_cart(session, items=items)
    assert cart.total == sum((item.subtotal for item in items), Decimal(0))
