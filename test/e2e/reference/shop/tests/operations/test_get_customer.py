"""GET /customers/{id} (get_customer)."""

from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.customer import make_customer
from tests.problems import assert_problem


async def test_returns_it(client: AsyncClient, session: AsyncSession) -> None:
    customer = await make_customer(session)
    response = await client.get(f"/customers/{customer.id}")
    assert response.status_code == 200
    assert response.json()["id"] == str(customer.id)


async def test_unknown_id(client: AsyncClient) -> None:
    assert_problem(await client.get(f"/customers/{UUID(int=0)}"), 404)


async def test_malformed_id(client: AsyncClient) -> None:
    assert_problem(await client.get("/customers/x"), 422)
