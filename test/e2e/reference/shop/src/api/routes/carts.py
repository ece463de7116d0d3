"""Routes of carts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Path
from fastapi import Response
from fastapi import status
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import get_session
from src.core.errors import problem_responses
from src.models.cart import Cart
from src.schemas.cart import AddCartItem
from src.schemas.cart import CartRead
from src.schemas.cart import OpenCart
from src.schemas.cart import UpdateCartItem
from src.services.cart import CartService

router = APIRouter(tags=["carts"])


def get_service(session: Annotated[AsyncSession, Depends(get_session)]) -> CartService:
    """Return the service of one request."""
    return CartService(session)


Service = Annotated[CartService, Depends(get_service)]


@router.post(
    "/carts",
    operation_id="open_cart",
    status_code=status.HTTP_201_CREATED,
    response_model=CartRead,
    responses={
        status.HTTP_200_OK: {
            "model": CartRead,
            "description": "The existing one",
        },
        **problem_responses(400, 404, 422),
    },
)
async def open_cart(
    service: Service,
    response: Response,
    data: OpenCart,
) -> Cart:
    """Open cart."""
    cart, is_new = await service.open_cart(data)
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return cart


@router.post(
    "/carts/{id}/items",
    operation_id="add_cart_item",
    status_code=status.HTTP_201_CREATED,
    response_model=CartRead,
    responses=problem_responses(400, 404, 422),
)
async def add_cart_item(
    service: Service,
    cart_id: Annotated[UUID, Path(alias="id")],
    data: AddCartItem,
) -> Cart:
    """Add cart item."""
    return await service.add_cart_item(cart_id, data)


@router.get(
    "/carts/{id}",
    operation_id="get_cart",
    response_model=CartRead,
    responses=problem_responses(404, 422),
)
async def get_cart(
    service: Service,
    cart_id: Annotated[UUID, Path(alias="id")],
) -> Cart:
    """Get cart."""
    return await service.get_cart(cart_id)


@router.put(
    "/carts/{id}/items/{item_id}",
    operation_id="update_cart_item",
    response_model=CartRead,
    responses=problem_responses(400, 404, 422),
)
async def update_cart_item(
    service: Service,
    cart_id: Annotated[UUID, Path(alias="id")],
    item_id: UUID,
    data: UpdateCartItem,
) -> Cart:
    """Update cart item."""
    return await service.update_cart_item(cart_id, item_id, data)


@router.delete(
    "/carts/{id}",
    operation_id="clear_cart",
    response_model=CartRead,
    responses=problem_responses(400, 404, 422),
)
async def clear_cart(
    service: Service,
    cart_id: Annotated[UUID, Path(alias="id")],
) -> Cart:
    """Clear cart."""
    return await service.clear_cart(cart_id)
