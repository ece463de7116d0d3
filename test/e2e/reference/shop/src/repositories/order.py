"""Repository of orders."""

from src.models.order import Order
from src.repositories.entity import EntityRepository


class OrderRepository(EntityRepository[Order]):
    """Reads and writes orders."""

    model = Order
