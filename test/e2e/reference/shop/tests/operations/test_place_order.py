"""POST /orders (place_order)."""

import asyncio
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import CartStatus
from src.models.product import Product
from tests.factories.cart import make_cart
from tests.factories.cart_item import make_cart_item
from tests.factories.product import make_product
from tests.problems import assert_problem


async def make_product_in_order(session: AsyncSession) -> Product:
    """Insert one that the effects can change."""
    return await make_product(
        session,
        stock=9,
    )


async def test_converts(client: AsyncClient, session: AsyncSession) -> None:
    product = await make_product_in_order(session)
    item = await make_cart_item(session, product_id=product.id)
    cart = await make_cart(session, items=[item])
    response = await client.post("/orders", json={"cart_id": str(cart.id)})
    assert response.status_code == 201
    answer = response.json()
    assert answer["customer_id"] == str(cart.customer_id)
    [copy] = answer["items"]
    assert copy["product_id"] == str(item.product_id)
    assert copy["quantity"] == item.quantity
    assert copy["unit_price"] == str(item.unit_price)
    await session.refresh(cart)
    assert cart.status == CartStatus.CHECKED_OUT
    await session.refresh(product)
    assert product.stock == 9 - item.quantity


async def test_at_once(client: AsyncClient, session: AsyncSession) -> None:
    product = await make_product_in_order(session)
    item = await make_cart_item(session, product_id=product.id)
    cart = await make_cart(session, items=[item])
    body = {"cart_id": str(cart.id)}
    responses = await asyncio.gather(*(client.post("/orders", json=body) for _ in range(3)))
    assert sorted(response.status_code for response in responses) == [201, 400, 400]


async def test_unknown_cart(client: AsyncClient) -> None:
    assert_problem(await client.post("/orders", json={"cart_id": str(UUID(int=0))}), 404)


async def test_invalid_body(client: AsyncClient) -> None:
    assert_problem(await client.post("/orders", json={"unknown": 1}), 422)


async def test_refuses_another_status(client: AsyncClient, session: AsyncSession) -> None:
    cart = await make_cart(session, status=CartStatus.CHECKED_OUT)
    assert_problem(await client.post("/orders", json={"cart_id": str(cart.id)}), 400)


async def test_guard_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check `count(items) > 0`."""
    cart = await make_cart(session)
    assert_problem(await client.post("/orders", json={"cart_id": str(cart.id)}), 400)


async def test_effect_1_is_limited(client: AsyncClient, session: AsyncSession) -> None:
    """Check that `items.product.stock` does not fall below its minimum."""
    plenty = await make_product_in_order(session)
    scarce = await make_product(session, stock=1)
    items = [
        await make_cart_item(session, product_id=plenty.id, quantity=1),
        await make_cart_item(session, product_id=scarce.id, quantity=2),
    ]
    cart = await make_cart(session, items=items)
    assert_problem(await client.post("/orders", json={"cart_id": str(cart.id)}), 400)
    await session.refresh(plenty)
    assert plenty.stock == 9


async def test_effect_1_at_once(client: AsyncClient, session: AsyncSession) -> None:
    """Check that of two that need the last of `items.product.stock` one gets it."""
    product = await make_product(session, stock=1)
    bodies = []
    for _ in range(4):
        item = await make_cart_item(session, product_id=product.id, quantity=1)
        cart = await make_cart(session, items=[item])
        bodies.append({"cart_id": str(cart.id)})
    responses = await asyncio.gather(*(client.post("/orders", json=body) for body in bodies))
    assert sorted(response.status_code for response in responses) == [201, 400, 400, 400]
    await session.refresh(product)
    assert product.stock == 0
