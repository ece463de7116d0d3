"""PUT /carts/{id}/items/{item_id} (update_cart_item)."""

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


async def make_body(session: AsyncSession) -> dict[str, Any]:
    # The rows that it names would be inserted here.
    _ = session
    return {
        "quantity": 1,
    }


async def test_succeeds(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    [item] = cart.items
    body = await make_body(session)
    path = f"/carts/{cart.id}/items/{item.id}"
    response = await client.put(path, json=body)
    assert response.status_code == 200
    [changed] = response.json()["items"]
    assert changed["id"] == str(item.id)
    assert {name: changed[name] for name in body} == body


async def test_removes(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    [item] = cart.items
    body = await make_body(session) | {"quantity": 0}
    path = f"/carts/{cart.id}/items/{item.id}"
    response = await client.put(path, json=body)
    assert response.status_code == 200
    assert response.json()["items"] == []


async def test_unknown_id(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    [item] = cart.items
    body = await make_body(session)
    path = f"/carts/{UUID(int=0)}/items/{item.id}"
    assert_problem(await client.put(path, json=body), 404)


async def test_unknown_item(client: AsyncClient, session: AsyncSession) -> None:
    [item] = (await prepare(session)).items
    cart = await prepare(session)
    body = await make_body(session)
    path = f"/carts/{cart.id}/items/{item.id}"
    assert_problem(await client.put(path, json=body), 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", None),
        ("quantity", "1"),
        ("quantity", 1.5),
        ("quantity", 2**31),
        ("unknown", 1),
    ],
)
async def test_refuses_an_invalid_value(
    client: AsyncClient,
    session: AsyncSession,
    field: str,
    value: object,
) -> None:
    cart = await prepare(session)
    [item] = cart.items
    body = await make_body(session) | {field: value}
    path = f"/carts/{cart.id}/items/{item.id}"
    assert_problem(await client.put(path, json=body), 422)


async def test_guard_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check `status == OPEN`."""
    cart = await prepare(session, status=CartStatus.CHECKED_OUT)
    [item] = cart.items
    body = await make_body(session)
    path = f"/carts/{cart.id}/items/{item.id}"
    assert_problem(await client.put(path, json=body), 400)


async def test_guard_2(client: AsyncClient, session: AsyncSession) -> None:
    """Check `item.product.stock >= item.quantity`."""
    product = await make_product(session, stock=1)
    item = await make_cart_item(session, product_id=product.id)
    cart = await prepare(session, items=[item])
    body = await make_body(session) | {"quantity": 2}
    path = f"/carts/{cart.id}/items/{item.id}"
    assert_problem(await client.put(path, json=body), 400)
