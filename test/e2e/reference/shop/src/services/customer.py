"""Operations on customers."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.errors import found
from src.models.customer import Customer
from src.repositories.customer import CustomerRepository
from src.schemas.customer import CreateCustomer


class CustomerService:
    """Operations on customers; each that writes is one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.customers = CustomerRepository(session)

    async def create_customer(self, data: CreateCustomer) -> Customer:
        """Create customer."""
        customer = Customer(
            email=data.email,
            full_name=data.full_name,
        )
        await self.customers.add(customer)
        await self.session.commit()
        return customer

    async def get_customer(self, customer_id: UUID) -> Customer:
        """Get customer."""
        return found(await self.customers.get(customer_id), "Customer")
