"""GET /products/{id} (get_product)."""

from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.product import make_product
from tests.problems import assert_problem


async def test_returns_it(client: AsyncClient, session: AsyncSession) -> None:
    product = await make_product(session)
    response = await client.get(f"/products/{product.id}")
    assert response.status_code == 200
    assert response.json()["id"] == str(product.id)


async def test_unknown_id(client: AsyncClient) -> None:
    assert_problem(await client.get(f"/products/{UUID(int=0)}"), 404)


async def test_malformed_id(client: AsyncClient) -> None:
    assert_problem(await client.get("/products/x"), 422)
