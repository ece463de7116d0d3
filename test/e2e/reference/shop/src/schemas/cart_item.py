"""Bodies of requests and responses about cart items."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from src.schemas.base import ResponseBody
from src.schemas.types import Digits
from src.schemas.types import Whole

CartItemQuantity = Annotated[int, Whole(minimum=1)]


class CartItemRead(ResponseBody):
    """A product in a cart."""

    id: UUID
    product_id: UUID
    quantity: int
    unit_price: Annotated[Decimal, Digits(places=2)]
    subtotal: Annotated[Decimal, Digits(places=2)]
