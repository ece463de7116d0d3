"""POST /orders (place_order)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import Cart
from src.models.cart import CartStatus
from tests.factories.cart import make_cart
from tests.factories.cart_item import make_cart_item
from tests.factories.product import make_product
from tests.problems import assert_problem


async def prepare(session: AsyncSession, **given: object) -> Cart:
    """Insert one that the operation accepts."""
    values: dict[str, Any] = {
        "status": CartStatus.OPEN,
    }
    if "items" not in given:
        product = await make_product(
            session,
            stock=9,
        )
        child = await make_cart_item(
            session,
            product_id=product.id,
        )
        values["items"] = [child]
    return await make_cart(session, **(values | given))


async def test_converts(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    body = {"cart_id": str(cart.id)}
    path = "/orders"
    response = await client.post(path, json=body)
    assert response.status_code == 201
    answer = response.json()
    assert answer["customer_id"] == str(cart.customer_id)
    assert len(answer["items"]) == len(cart.items)
    await session.refresh(cart)
    assert cart.status == CartStatus.CHECKED_OUT


async def test_at_once(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    path = "/orders"
    body = {"cart_id": str(cart.id)}
    responses = await asyncio.gather(*(client.post(path, json=body) for _ in range(3)))
    assert sorted(response.status_code for response in responses) == [201, 400, 400]


async def test_unknown_cart(client: AsyncClient) -> None:
    body = {"cart_id": str(UUID(int=0))}
    path = "/orders"
    assert_problem(await client.post(path, json=body), 404)


async def test_invalid_body(client: AsyncClient) -> None:
    path = "/orders"
    assert_problem(await client.post(path, json={"unknown": 1}), 422)


@pytest.mark.parametrize(
    "status",
    [
        CartStatus.CHECKED_OUT,
    ],
)
async def test_refuses_another_status(
    client: AsyncClient,
    session: AsyncSession,
    status: CartStatus,
) -> None:
    cart = await prepare(session, status=status)
    body = {"cart_id": str(cart.id)}
    path = "/orders"
    assert_problem(await client.post(path, json=body), 400)


async def test_guard_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check `count(items) > 0`."""
    cart = await prepare(session, items=[])
    body = {"cart_id": str(cart.id)}
    path = "/orders"
    assert_problem(await client.post(path, json=body), 400)


async def test_effect_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check that `items.product.stock` falls by `items.quantity`."""
    row = await make_product(session, stock=9)
    item = await make_cart_item(
        session,
        product_id=row.id,
        quantity=2,
    )
    cart = await prepare(session, items=[item])
    path = "/orders"
    response = await client.post(path, json={"cart_id": str(cart.id)})
    assert response.status_code == 201
    await session.refresh(row)
    assert row.stock == 9 - 2


async def test_effect_1_is_all_or_nothing(
    client: AsyncClient,
    session: AsyncSession,
) -> None:
    """Check that `items.product.stock` stays where one of several would fall too low."""
    plenty = await make_product(session, stock=9)
    scarce = await make_product(session, stock=1)
    items = [
        await make_cart_item(
            session,
            product_id=row.id,
            quantity=2,
        )
        for row in (plenty, scarce)
    ]
    cart = await prepare(session, items=items)
    path = "/orders"
    assert_problem(await client.post(path, json={"cart_id": str(cart.id)}), 400)
    await session.refresh(plenty)
    assert plenty.stock == 9


async def test_effect_1_at_once(client: AsyncClient, session: AsyncSession) -> None:
    """Check that of several that need the last of `items.product.stock` one gets it."""
    row = await make_product(session, stock=1)
    requests = []
    for _ in range(4):
        item = await make_cart_item(
            session,
            product_id=row.id,
            quantity=1,
        )
        cart = await prepare(session, items=[item])
        requests.append(client.post("/orders", json={"cart_id": str(cart.id)}))
    responses = await asyncio.gather(*requests)
    statuses = sorted(response.status_code for response in responses)
    assert statuses == [201, 400, 400, 400]
    await session.refresh(row)
    assert row.stock == 0
