"""Routes of products."""

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
from src.models.product import Product
from src.schemas.product import CreateProduct
from src.schemas.product import ListProducts
from src.schemas.product import ProductRead
from src.schemas.product import UpdateProduct
from src.services.product import ProductService

router = APIRouter(tags=["products"])


def get_service(session: Annotated[AsyncSession, Depends(get_session)]) -> ProductService:
    """Return the service of one request."""
    return ProductService(session)


Service = Annotated[ProductService, Depends(get_service)]


@router.post(
    "/products",
    operation_id="create_product",
    status_code=status.HTTP_201_CREATED,
    response_model=ProductRead,
    responses=problem_responses(400, 422),
)
async def create_product(
    service: Service,
    data: CreateProduct,
) -> Product:
    """Create product."""
    return await service.create_product(data)


@router.get(
    "/products",
    operation_id="list_products",
    response_model=list[ProductRead],
    responses=problem_responses(422),
)
async def list_products(
    service: Service,
    query: Annotated[ListProducts, Query()],
) -> Sequence[Product]:
    """List products."""
    return await service.list_products(query)


@router.get(
    "/products/{id}",
    operation_id="get_product",
    response_model=ProductRead,
    responses=problem_responses(404, 422),
)
async def get_product(
    service: Service,
    product_id: Annotated[UUID, Path(alias="id")],
) -> Product:
    """Get product."""
    return await service.get_product(product_id)


@router.put(
    "/products/{id}",
    operation_id="update_product",
    response_model=ProductRead,
    responses=problem_responses(400, 404, 422),
)
async def update_product(
    service: Service,
    product_id: Annotated[UUID, Path(alias="id")],
    data: UpdateProduct,
) -> Product:
    """Update product."""
    return await service.update_product(product_id, data)


@router.post(
    "/products/{id}/deactivate",
    operation_id="deactivate_product",
    response_model=ProductRead,
    responses=problem_responses(404, 422),
)
async def deactivate_product(
    service: Service,
    product_id: Annotated[UUID, Path(alias="id")],
) -> Product:
    """Deactivate product."""
    return await service.deactivate_product(product_id)
