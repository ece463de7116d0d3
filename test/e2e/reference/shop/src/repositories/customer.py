"""Repository of customers."""

from src.models.customer import Customer
from src.repositories.entity import EntityRepository


class CustomerRepository(EntityRepository[Customer]):
    """Reads and writes customers."""

    model = Customer
