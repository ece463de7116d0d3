"""Routes of orders."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Path
from fastapi import Query
from fastapi import status
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import get_session
from src.core.errors import problem_responses
from src.models.order import Order
from src.schemas.order import ListOrders
from src.schemas.order import OrderRead
from src.schemas.order import PlaceOrder
from src.services.order import OrderService

router = APIRouter(tags=["orders"])


def get_service(session: Annotated[AsyncSession, Depends(get_session)]) -> OrderService:
    """Return the service of one request."""
    return OrderService(session)


Service = Annotated[OrderService, Depends(get_service)]


@router.post(
    "/orders",
    operation_id="place_order",
    status_code=status.HTTP_201_CREATED,
    response_model=OrderRead,
    responses=problem_responses(400, 404, 422),
)
async def place_order(
    service: Service,
    data: PlaceOrder,
) -> Order:
    """Place order."""
    return await service.place_order(data)


@router.post(
    "/orders/{id}/pay",
    operation_id="pay_order",
    response_model=OrderRead,
    responses=problem_responses(400, 404, 422),
)
async def pay_order(
    service: Service,
    order_id: Annotated[UUID, Path(alias="id")],
) -> Order:
    """Pay order."""
    return await service.pay_order(order_id)


@router.post(
    "/orders/{id}/cancel",
    operation_id="cancel_order",
    response_model=OrderRead,
    responses=problem_responses(400, 404, 422),
)
async def cancel_order(
    service: Service,
    order_id: Annotated[UUID, Path(alias="id")],
) -> Order:
    """Cancel order."""
    return await service.cancel_order(order_id)


@router.get(
    "/orders",
    operation_id="list_orders",
    response_model=list[OrderRead],
    responses=problem_responses(422),
)
async def list_orders(
    service: Service,
    query: Annotated[ListOrders, Query()],
) -> Sequence[Order]:
    """List orders."""
    return await service.list_orders(query)


@router.get(
    "/orders/{id}",
    operation_id="get_order",
    response_model=OrderRead,
    responses=problem_responses(404, 422),
)
async def get_order(
    service: Service,
    order_id: Annotated[UUID, Path(alias="id")],
) -> Order:
    """Get order."""
    return await service.get_order(order_id)
