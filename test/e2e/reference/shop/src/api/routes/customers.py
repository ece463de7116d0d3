"""Routes of customers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Path
from fastapi import status
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import get_session
from src.core.errors import problem_responses
from src.models.customer import Customer
from src.schemas.customer import CreateCustomer
from src.schemas.customer import CustomerRead
from src.services.customer import CustomerService

router = APIRouter(tags=["customers"])


def get_service(session: Annotated[AsyncSession, Depends(get_session)]) -> CustomerService:
    """Return the service of one request."""
    return CustomerService(session)


Service = Annotated[CustomerService, Depends(get_service)]


@router.post(
    "/customers",
    operation_id="create_customer",
    status_code=status.HTTP_201_CREATED,
    response_model=CustomerRead,
    responses=problem_responses(400, 422),
)
async def create_customer(
    service: Service,
    data: CreateCustomer,
) -> Customer:
    """Create customer."""
    return await service.create_customer(data)


@router.get(
    "/customers/{id}",
    operation_id="get_customer",
    response_model=CustomerRead,
    responses=problem_responses(404, 422),
)
async def get_customer(
    service: Service,
    customer_id: Annotated[UUID, Path(alias="id")],
) -> Customer:
    """Get customer."""
    return await service.get_customer(customer_id)
