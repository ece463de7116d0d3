"""POST /carts/{id}/items (add_cart_item)."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import CartStatus
from src.models.product import Product
from tests.factories.cart import make_cart
from tests.factories.product import make_product
from tests.problems import assert_problem


async def make_product_in_order(session: AsyncSession) -> Product:
    """Insert one that the guards let pass."""
    return await make_product(
        session,
        is_active=True,
        stock=9,
    )


async def make_body(session: AsyncSession) -> dict[str, Any]:
    return {
        "product_id": str((await make_product_in_order(session)).id),
        "quantity": 1,
    }


async def test_adds(client: AsyncClient, session: AsyncSession) -> None:
    cart = await make_cart(session)
    body = await make_body(session)
    response = await client.post(f"/carts/{cart.id}/items", json=body)
    assert response.status_code == 201
    [item] = response.json()["items"]
    assert {name: item[name] for name in body} == body
    product = await session.get_one(Product, UUID(body["product_id"]))
    assert item["unit_price"] == str(product.price)


async def test_adds_up(client: AsyncClient, session: AsyncSession) -> None:
    cart = await make_cart(session)
    body = await make_body(session)
    for quantity in (1, 2):
        response = await client.post(f"/carts/{cart.id}/items", json=body)
        assert response.status_code == 201
        [item] = response.json()["items"]
        assert item["quantity"] == quantity


async def test_unknown_id(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    assert_problem(await client.post(f"/carts/{UUID(int=0)}/items", json=body), 404)


async def test_unknown_product(client: AsyncClient, session: AsyncSession) -> None:
    cart = await make_cart(session)
    body = await make_body(session) | {"product_id": str(UUID(int=0))}
    assert_problem(await client.post(f"/carts/{cart.id}/items", json=body), 404)


async def test_invalid_body(client: AsyncClient, session: AsyncSession) -> None:
    cart = await make_cart(session)
    assert_problem(await client.post(f"/carts/{cart.id}/items", json={"unknown": 1}), 422)


async def test_guard_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check `status == OPEN`."""
    cart = await make_cart(session, status=CartStatus.CHECKED_OUT)
    body = await make_body(session)
    assert_problem(await client.post(f"/carts/{cart.id}/items", json=body), 400)


async def test_guard_2(client: AsyncClient, session: AsyncSession) -> None:
    """Check `item.product.is_active == true`."""
    cart = await make_cart(session)
    product = await make_product(session, is_active=False)
    body = await make_body(session) | {"product_id": str(product.id)}
    assert_problem(await client.post(f"/carts/{cart.id}/items", json=body), 400)


async def test_guard_3(client: AsyncClient, session: AsyncSession) -> None:
    """Check `item.product.stock >= item.quantity`."""
    cart = await make_cart(session)
    product = await make_product(session, stock=1)
    body = await make_body(session) | {"product_id": str(product.id), "quantity": 2}
    assert_problem(await client.post(f"/carts/{cart.id}/items", json=body), 400)
