"""Order items in the database."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy import ForeignKey
from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from src.core.entity import Entity


class OrderItem(Entity):
    """A product in an order, as it was ordered."""

    __tablename__ = "order_items"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity_min"),
        CheckConstraint("unit_price >= 0", name="unit_price_min"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))

    @property
    def subtotal(self) -> Decimal:
        """`quantity * unit_price`."""
        return self.quantity * self.unit_price
