"""Carts in the database."""

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy import Enum
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import text
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from src.core.entity import Entity
from src.models.cart_item import CartItem


class CartStatus(StrEnum):
    """Values of `Cart.status`."""

    OPEN = "OPEN"
    CHECKED_OUT = "CHECKED_OUT"


class Cart(Entity):
    """What a customer is about to order."""

    __tablename__ = "carts"
    __table_args__ = (
        CheckConstraint("status IN ('OPEN', 'CHECKED_OUT')", name="status_values"),
        Index(
            "uq_carts_open_per_customer",
            "customer_id",
            unique=True,
            postgresql_where=text("status = 'OPEN'"),
            info={
                "status": 400,
                "detail": "There is already a cart with this customer where status == OPEN",
            },
        ),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[CartStatus] = mapped_column(
        Enum(CartStatus, native_enum=False, length=50),
        default=CartStatus.OPEN,
    )
    items: Mapped[list[CartItem]] = relationship(
        cascade="all, delete-orphan",
        lazy="selectin",
        order_by=CartItem.id,
        passive_deletes=True,
    )

    @property
    def total(self) -> Decimal:
        """`sum(items.subtotal)`."""
        return sum((item.subtotal for item in self.items), Decimal(0))
