"""Repository of carts."""

from src.models.cart import Cart
from src.repositories.entity import EntityRepository


class CartRepository(EntityRepository[Cart]):
    """Reads and writes carts."""

    model = Cart
