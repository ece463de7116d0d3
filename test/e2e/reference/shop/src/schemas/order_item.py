"""Bodies of requests and responses about order items."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from src.schemas.base import ResponseBody
from src.schemas.types import Digits
from src.schemas.types import Whole

OrderItemQuantity = Annotated[int, Whole(minimum=1)]
OrderItemUnitPrice = Annotated[Decimal, Digits(places=2, digits=12, minimum="0")]


class OrderItemRead(ResponseBody):
    """A product in an order, as it was ordered."""

    id: UUID
    product_id: UUID
    quantity: int
    unit_price: Annotated[Decimal, Digits(places=2)]
    subtotal: Annotated[Decimal, Digits(places=2)]
