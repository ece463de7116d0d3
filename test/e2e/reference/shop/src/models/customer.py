"""Customers in the database."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import func
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from src.core.entity import Entity


class Customer(Entity):
    """A person who buys."""

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("char_length(full_name) >= 1", name="full_name_min"),
        UniqueConstraint(
            "email",
            name="uq_customers_email",
            info={
                "status": 400,
                "detail": "There is already a customer with this email",
            },
        ),
    )

    email: Mapped[str] = mapped_column(String(254))
    full_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
