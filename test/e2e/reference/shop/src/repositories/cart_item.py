"""Repository of cart items."""

from src.models.cart_item import CartItem
from src.repositories.entity import EntityRepository


class CartItemRepository(EntityRepository[CartItem]):
    """Reads and writes cart items."""

    model = CartItem
