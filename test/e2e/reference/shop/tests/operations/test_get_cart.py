"""GET /carts/{id} (get_cart)."""

from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.cart import make_cart
from tests.problems import assert_problem


async def test_returns_it(client: AsyncClient, session: AsyncSession) -> None:
    cart = await make_cart(session)
    response = await client.get(f"/carts/{cart.id}")
    assert response.status_code == 200
    assert response.json()["id"] == str(cart.id)


async def test_unknown_id(client: AsyncClient) -> None:
    assert_problem(await client.get(f"/carts/{UUID(int=0)}"), 404)


async def test_malformed_id(client: AsyncClient) -> None:
    assert_problem(await client.get("/carts/x"), 422)
