"""POST /products/{id}/deactivate (deactivate_product)."""

from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.product import make_product
from tests.problems import assert_problem


async def test_sets_its_values(client: AsyncClient, session: AsyncSession) -> None:
    product = await make_product(session)
    for _ in range(2):
        response = await client.post(f"/products/{product.id}/deactivate")
        assert response.status_code == 200
        assert response.json()["is_active"] is False
    await session.refresh(product)
    assert product.is_active is False


async def test_unknown_id(client: AsyncClient) -> None:
    assert_problem(await client.post(f"/products/{UUID(int=0)}/deactivate"), 404)
