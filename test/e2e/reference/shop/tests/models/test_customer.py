"""What the database itself ensures for customers."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.models.customer import Customer
from tests.factories.customer import make_customer


async def test_keeps_the_row(session: AsyncSession) -> None:
    customer = await make_customer(session)
    ident = customer.id
    session.expire_all()
    assert await session.get(Customer, ident) is customer


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", None),
        ("full_name", None),
        ("full_name", ""),
        ("created_at", None),
    ],
)
async def test_refuses_an_invalid_value(session: AsyncSession, field: str, value: object) -> None:
    customer = await make_customer(session)
    setattr(customer, field, value)
    with pytest.raises(IntegrityError):
        await session.commit()
    await session.rollback()


async def test_unique_email(session: AsyncSession) -> None:
    customer = await make_customer(session)
    with pytest.raises(IntegrityError, match="uq_customers_email"):
        await make_customer(
            session,
            email=customer.email,
        )
    await session.rollback()
