"""DELETE /carts/{id} (clear_cart)."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import Cart
from src.models.cart import CartStatus
from tests.factories.cart import make_cart
from tests.factories.cart_item import make_cart_item
from tests.problems import assert_problem


async def prepare(session: AsyncSession, **given: object) -> Cart:
    """Insert one that the operation accepts."""
    values: dict[str, Any] = {
        "status": CartStatus.OPEN,
    }
    if "items" not in given:
        child = await make_cart_item(
            session,
        )
        values["items"] = [child]
    return await make_cart(session, **(values | given))


async def test_succeeds(client: AsyncClient, session: AsyncSession) -> None:
    cart = await prepare(session)
    path = f"/carts/{cart.id}"
    response = await client.delete(path)
    assert response.status_code == 200
    answer = response.json()
    assert answer["items"] == []


async def test_unknown_id(client: AsyncClient) -> None:
    path = f"/carts/{UUID(int=0)}"
    assert_problem(await client.delete(path), 404)


async def test_guard_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check `status == OPEN`."""
    cart = await prepare(session, status=CartStatus.CHECKED_OUT)
    path = f"/carts/{cart.id}"
    assert_problem(await client.delete(path), 400)
