"""Bodies of requests and responses about carts."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from src.models.cart import CartStatus
from src.schemas.base import RequestBody
from src.schemas.base import ResponseBody
from src.schemas.cart_item import CartItemQuantity
from src.schemas.cart_item import CartItemRead
from src.schemas.types import Digits
from src.schemas.types import Whole


class CartRead(ResponseBody):
    """What a customer is about to order."""

    id: UUID
    customer_id: UUID
    status: CartStatus
    items: list[CartItemRead]
    total: Annotated[Decimal, Digits(places=2)]


class OpenCart(RequestBody):
    """Body of `open_cart`."""

    customer_id: UUID


class AddCartItem(RequestBody):
    """Body of `add_cart_item`."""

    product_id: UUID
    quantity: CartItemQuantity


class UpdateCartItem(RequestBody):
    """Body of `update_cart_item`."""

    quantity: CartItemQuantity | Annotated[int, Whole(minimum=0, maximum=0)]
