"""Rows of customers."""

from itertools import count
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.models.customer import Customer

NUMBERS = count(1)


async def make_customer(session: AsyncSession, **given: object) -> Customer:
    """Insert one; a field that is not given gets a valid value."""
    number = next(NUMBERS)
    values: dict[str, Any] = {
        "email": f"email{number}@example.com",
        "full_name": "full_name",
    }
    customer = Customer(**(values | given))
    session.add(customer)
    await session.commit()
    return customer
