"""Bodies of requests and responses about orders."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from src.models.order import OrderPaymentStatus
from src.models.order import OrderStatus
from src.schemas.base import MAX_SKIP
from src.schemas.base import RequestBody
from src.schemas.base import ResponseBody
from src.schemas.base import unset
from src.schemas.order_item import OrderItemRead
from src.schemas.types import Digits


class OrderRead(ResponseBody):
    """What a customer has ordered."""

    id: UUID
    customer_id: UUID
    status: OrderStatus
    payment_status: OrderPaymentStatus
    items: list[OrderItemRead]
    total_amount: Annotated[Decimal, Digits(places=2)]
    created_at: datetime


class PlaceOrder(RequestBody):
    """Body of `place_order`."""

    cart_id: UUID


class ListOrders(RequestBody):
    """Query parameters of `list_orders`."""

    customer_id: UUID = unset()
    status: OrderStatus = unset()
    skip: int = Field(default=0, ge=0, le=MAX_SKIP)
    limit: int = Field(default=100, ge=1, le=1000)
