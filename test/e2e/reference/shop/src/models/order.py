"""Orders in the database."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy import Enum
from sqlalchemy import ForeignKey
from sqlalchemy import Numeric
from sqlalchemy import func
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from src.core.entity import Entity
from src.models.order_item import OrderItem


class OrderStatus(StrEnum):
    """Values of `Order.status`."""

    PENDING_PAYMENT = "PENDING_PAYMENT"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


class OrderPaymentStatus(StrEnum):
    """Values of `Order.payment_status`."""

    PENDING = "PENDING"
    SIMULATED_OK = "SIMULATED_OK"
    FAILED = "FAILED"


class Order(Entity):
    """What a customer has ordered."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("status IN ('PENDING_PAYMENT', 'PAID', 'CANCELLED')", name="status_values"),
        CheckConstraint(
            "payment_status IN ('PENDING', 'SIMULATED_OK', 'FAILED')",
            name="payment_status_values",
        ),
        CheckConstraint("total_amount >= 0", name="total_amount_min"),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[OrderStatus] = mapped_column(
        Enum(OrderStatus, native_enum=False, length=50),
        default=OrderStatus.PENDING_PAYMENT,
    )
    payment_status: Mapped[OrderPaymentStatus] = mapped_column(
        Enum(OrderPaymentStatus, native_enum=False, length=50),
        default=OrderPaymentStatus.PENDING,
    )
    items: Mapped[list[OrderItem]] = relationship(
        cascade="all, delete-orphan",
        lazy="selectin",
        order_by=OrderItem.id,
        passive_deletes=True,
    )
    total_amount: Mapped[Decimal] = mapped_column(Numeric(24, 2))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def recompute(self) -> None:
        """Set the stored fields that are computed from others."""
        self.total_amount = sum((item.subtotal for item in self.items), Decimal(0))
