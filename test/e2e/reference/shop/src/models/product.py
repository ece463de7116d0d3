"""Products in the database."""

from decimal import Decimal

from sqlalchemy import CheckConstraint
from sqlalchemy import Numeric
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from src.core.entity import Entity


class Product(Entity):
    """An article for sale."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("char_length(name) >= 1", name="name_min"),
        CheckConstraint("price > 0", name="price_above"),
        CheckConstraint("stock >= 0", name="stock_min"),
    )

    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(String(2000))
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    stock: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
