"""DELETE /carts/{id} (clear_cart)."""

from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.cart import CartStatus
from tests.factories.cart import make_cart
from tests.factories.cart_item import make_cart_item
from tests.problems import assert_problem


async def test_clears(client: AsyncClient, session: AsyncSession) -> None:
    items = [
        await make_cart_item(session),
        await make_cart_item(session),
    ]
    cart = await make_cart(session, items=items)
    for _ in range(2):
        response = await client.delete(f"/carts/{cart.id}")
        assert response.status_code == 200
        assert response.json()["items"] == []


async def test_unknown_id(client: AsyncClient) -> None:
    assert_problem(await client.delete(f"/carts/{UUID(int=0)}"), 404)


async def test_guard_1(client: AsyncClient, session: AsyncSession) -> None:
    """Check `status == OPEN`."""
    cart = await make_cart(session, status=CartStatus.CHECKED_OUT)
    assert_problem(await client.delete(f"/carts/{cart.id}"), 400)
