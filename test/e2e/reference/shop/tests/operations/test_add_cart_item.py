"""POST /carts/{id}/items (add_cart_item)."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import Cart
from src.models.cart import CartStatus
from tests.factories.cart import make_cart
from tests.factories.product import make_product
from tests.problems import assert_problem


async def prepare(session: AsyncSession, **given: object) -> Cart:
    """Insert one that the operation accepts."""
    values: dict[str, Any] = {
        "status": CartStatus.OPEN,
    }
    return await make_cart(session, **(values | given))


async def make_body(session: AsyncSession) -> dict[str, Any]:
    product = await make_product(
        session,
        is_active=True,
        stock=9,
    )
    return {
        "product_id": str(product.id),
        "quantity": 1,
    }


async def test_adds(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    body = await make_body(session)
    path = f"/carts/{cart.id}/items"
    response = await client.post(path, json=body)
    assert response.status_code == 201
    [item] = response.json()["items"]
    assert {name: item[name] for name in body} == body


async def test_adds_up(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    body = await make_body(session)
    for times in (1, 2):
        path = f"/carts/{cart.id}/items"
        response = await client.post(path, json=body)
        assert response.status_code == 201
        [item] = response.json()["items"]
        assert item["quantity"] == body["quantity"] * times


async def test_unknown_id(client: AsyncClient, session: AsyncSession) -> None:
    body = await make_body(session)
    path = f"/carts/{UUID(int=0)}/items"
    assert_problem(await client.post(path, json=body), 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("product_id", None),
        ("product_id", "x"),
        ("quantity", None),
        ("quantity", "1"),
        ("quantity", 1.5),
        ("quantity", 2**31),
        ("quantity", 0),
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
    body = await make_body(session) | {field: value}
    path = f"/carts/{cart.id}/items"
    assert_problem(await client.post(path, json=body), 422)


async def test_unknown_product(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    body = await make_body(session) | {"product_id": str(UUID(int=0))}
    path = f"/carts/{cart.id}/items"
    assert_problem(await client.post(path, json=body), 404)


async def test_guard_2(client: AsyncClient, session: AsyncSession) -> None:
    """Check `item.product.is_active == true`."""
    cart = await prepare(session)
    product = await make_product(session, is_active=False)
    body = await make_body(session) | {"product_id": str(product.id)}
    path = f"/carts/{cart.id}/items"
    assert_problem(await client.post(path, json=body), 400)


async def test_guard_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check `status == OPEN`."""
    cart = await prepare(session, status=CartStatus.CHECKED_OUT)
    body = await make_body(session)
    path = f"/carts/{cart.id}/items"
    assert_problem(await client.post(path, json=body), 400)


async def test_guard_3(client: AsyncClient, session: AsyncSession) -> None:
    """Check `item.product.stock >= item.quantity`."""
    cart = await prepare(session)
    product = await make_product(session, stock=1)
    body = await make_body(session) | {"product_id": str(product.id), "quantity": 2}
    path = f"/carts/{cart.id}/items"
    assert_problem(await client.post(path, json=body), 400)
