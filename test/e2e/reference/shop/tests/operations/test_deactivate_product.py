"""POST /products/{id}/deactivate (deactivate_product)."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.product import Product
from tests.factories.product import make_product
from tests.problems import assert_problem


async def prepare(session: AsyncSession, **given: object) -> Product:
    """Insert one that the operation accepts."""
    values: dict[str, Any] = {}
    return await make_product(session, **(values | given))


async def test_succeeds(client: AsyncClient, session: AsyncSession) -> None:
    product = await prepare(session)
    path = f"/products/{product.id}/deactivate"
    response = await client.post(path)
    assert response.status_code == 200
    answer = response.json()
    assert answer["is_active"] is False


async def test_unknown_id(client: AsyncClient) -> None:
    path = f"/products/{UUID(int=0)}/deactivate"
    assert_problem(await client.post(path), 404)
