"""GET /products (list_products)."""

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.product import make_product
from tests.problems import assert_problem


async def list_ids(client: AsyncClient, **query: str | int) -> list[str]:
    response = await client.get("/products", params=query)
    assert response.status_code == 200
    return [row["id"] for row in response.json()]


async def test_pages_are_stable_and_complete(client: AsyncClient, session: AsyncSession) -> None:
    expected = {str((await make_product(session, is_active=True)).id) for _ in range(5)}
    everything = await list_ids(client)
    assert set(everything) == expected
    pages = [await list_ids(client, skip=skip, limit=2) for skip in (0, 2, 4, 6)]
    assert [ident for page in pages for ident in page] == everything
    assert [len(page) for page in pages] == [2, 2, 1, 0]


@pytest.mark.parametrize(
    "query",
    [
        "skip=-1",
        "skip=x",
        "limit=0",
        "limit=1001",
        "unknown=1",
    ],
)
async def test_refuses_an_invalid_query(client: AsyncClient, query: str) -> None:
    assert_problem(await client.get(f"/products?{query}"), 422)


async def test_only_where_is_active_is_true(
    client: AsyncClient,
    session: AsyncSession,
) -> None:
    product = await make_product(session, is_active=True)
    await make_product(session, is_active=False)
    assert await list_ids(client) == [str(product.id)]
