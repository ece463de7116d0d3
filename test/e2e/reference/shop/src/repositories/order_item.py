"""Repository of order items."""

from src.models.order_item import OrderItem
from src.repositories.entity import EntityRepository


class OrderItemRepository(EntityRepository[OrderItem]):
    """Reads and writes order items."""

    model = OrderItem
