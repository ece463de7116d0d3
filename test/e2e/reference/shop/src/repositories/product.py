"""Repository of products."""

from src.models.product import Product
from src.repositories.entity import EntityRepository


class ProductRepository(EntityRepository[Product]):
    """Reads and writes products."""

    model = Product
