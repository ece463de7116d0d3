"""Fills the database with rows to try the service with: `python -m scripts.seed [COUNT]`.

The same rows every time, so that a second run adds nothing.
"""

import argparse
import asyncio
from collections.abc import Callable
from decimal import Decimal
from uuid import NAMESPACE_URL
from uuid import UUID
from uuid import uuid5

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import get_settings
from src.core.database import dispose_engine
from src.core.database import get_sessionmaker
from src.core.entity import Entity
from src.core.logging import configure_logging
from src.models.cart import Cart
from src.models.cart import CartStatus
from src.models.cart_item import CartItem
from src.models.customer import Customer
from src.models.order import Order
from src.models.order import OrderPaymentStatus
from src.models.order import OrderStatus
from src.models.order_item import OrderItem
from src.models.product import Product

DEFAULT_COUNT = 20

logger = structlog.stdlib.get_logger(__name__)


def row_id(table: str, number: int) -> UUID:
    """Return the key of a row."""
    return uuid5(NAMESPACE_URL, f"seed/{table}/{number}")


def seed_product(number: int) -> Product:
    """Build one row of products."""
    return Product(
        id=row_id("products", number),
        name=f"Name {number}",
        description=f"Description {number}",
        price=Decimal("0.01") * (100 + number),
        stock=number,
        is_active=True,
    )


def seed_customer(number: int) -> Customer:
    """Build one row of customers."""
    return Customer(
        id=row_id("customers", number),
        email=f"email-{number}@example.com",
        full_name=f"Full name {number}",
    )


def seed_cart(number: int) -> Cart:
    """Build one row of carts."""
    return Cart(
        id=row_id("carts", number),
        customer_id=row_id("customers", number),
        status=CartStatus.OPEN,
        items=[seed_cart_item(number)],
    )


def seed_cart_item(number: int) -> CartItem:
    """Build one row of cart items."""
    return CartItem(
        id=row_id("cart_items", number),
        product_id=row_id("products", number),
        quantity=1,
        unit_price=Decimal("0.01") * (100 + number),
    )


def seed_order(number: int) -> Order:
    """Build one row of orders."""
    order = Order(
        id=row_id("orders", number),
        customer_id=row_id("customers", number),
        status=OrderStatus.PENDING_PAYMENT,
        payment_status=OrderPaymentStatus.PENDING,
        items=[seed_order_item(number)],
    )
    order.recompute()
    return order


def seed_order_item(number: int) -> OrderItem:
    """Build one row of order items."""
    return OrderItem(
        id=row_id("order_items", number),
        product_id=row_id("products", number),
        quantity=1,
        unit_price=Decimal("0.01") * (100 + number),
    )


# What refers to another table comes after it; children come with their parents.
ROWS: tuple[Callable[[int], Entity], ...] = (
    seed_product,
    seed_customer,
    seed_cart,
    seed_order,
)


async def seed(session: AsyncSession, count: int) -> int:
    """Insert so many rows of each kind, but none that is there, and return how many it were."""
    added = 0
    for build in ROWS:
        for number in range(1, count + 1):
            row = build(number)
            if await session.get(type(row), row.id) is None:
                session.add(row)
                added += 1
        await session.flush()
    await session.commit()
    return added


async def run(count: int) -> None:
    """Seed the database that the settings name."""
    configure_logging(get_settings())
    try:
        async with get_sessionmaker()() as session:
            added = await seed(session, count)
    finally:
        await dispose_engine()
    logger.info("seeded", added=added)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=DEFAULT_COUNT)
    asyncio.run(run(parser.parse_args().count))


if __name__ == "__main__":
    main()
