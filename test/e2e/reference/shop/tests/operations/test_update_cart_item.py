"""PUT /carts/{id}/items/{item_id} (update_cart_item)."""

from typing import Any
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
    """Insert one that the guards let pass."""
    return await make_product(
        session,
        stock=9,
    )


def make_body() -> dict[str, Any]:
    return {
        "quantity": 1,
    }


async def test_changes(client: AsyncClient, session: AsyncSession) -> None:
    product = await make_product_in_order(session)
    item = await make_cart_item(session, product_id=product.id)
    cart = await make_cart(session, items=[item])
    response = await client.put(f"/carts/{cart.id}/items/{item.id}", json=make_body())
    assert response.status_code == 200
    [changed] = response.json()["items"]
    assert changed["id"] == str(item.id)
    assert {name: changed[name] for name in make_body()} == make_body()


async def test_removes_where_quantity_is_0(client: AsyncClient, session: AsyncSession) -> None:
    item = await make_cart_item(session)
    cart = await make_cart(session, items=[item])
    body = make_body() | {"quantity": 0}
    response = await client.put(f"/carts/{cart.id}/items/{item.id}", json=body)
    assert response.status_code == 200
    assert response.json()["items"] == []


async def test_unknown_id(client: AsyncClient, session: AsyncSession) -> None:
    item = await make_cart_item(session)
    await make_cart(session, items=[item])
    response = await client.put(f"/carts/{UUID(int=0)}/items/{item.id}", json=make_body())
    assert_problem(response, 404)


async def test_unknown_item(client: AsyncClient, session: AsyncSession) -> None:
    item = await make_cart_item(session)
    await make_cart(session, items=[item])
    other = await make_cart(session)
    response = await client.put(f"/carts/{other.id}/items/{item.id}", json=make_body())
    assert_problem(response, 404)


async def test_invalid_body(client: AsyncClient, session: AsyncSession) -> None:
    item = await make_cart_item(session)
    cart = await make_cart(session, items=[item])
    response = await client.put(f"/carts/{cart.id}/items/{item.id}", json={"unknown": 1})
    assert_problem(response, 422)


async def test_guard_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check `status == OPEN`."""
    item = await make_cart_item(session)
    cart = await make_cart(session, items=[item], status=CartStatus.CHECKED_OUT)
    response = await client.put(f"/carts/{cart.id}/items/{item.id}", json=make_body())
    assert_problem(response, 400)


async def test_guard_2(client: AsyncClient, session: AsyncSession) -> None:
    """Check `item.product.stock >= item.quantity`."""
    product = await make_product(session, stock=1)
    item = await make_cart_item(session, product_id=product.id)
    cart = await make_cart(session, items=[item])
    body = make_body() | {"quantity": 2}
    response = await client.put(f"/carts/{cart.id}/items/{item.id}", json=body)
    assert_problem(response, 400)
