"""Operations on products."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.errors import found
from src.models.product import Product
from src.repositories.product import ProductRepository
from src.schemas.product import CreateProduct
from src.schemas.product import ListProducts
from src.schemas.product import UpdateProduct


class ProductService:
    """Operations on products; each that writes is one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.products = ProductRepository(session)

    async def create_product(self, data: CreateProduct) -> Product:
        """Create product."""
        product = Product(
            name=data.name,
            description=data.description,
            price=data.price,
            stock=data.stock,
            is_active=data.is_active,
        )
        await self.products.add(product)
        await self.session.commit()
        return product

    async def list_products(self, query: ListProducts) -> Sequence[Product]:
        """List products."""
        criteria: list[ColumnElement[bool]] = [
            Product.is_active.is_(True),
        ]
        return await self.products.list(
            *criteria,
            skip=query.skip,
            limit=query.limit,
        )

    async def get_product(self, product_id: UUID) -> Product:
        """Get product."""
        return found(await self.products.get(product_id), "Product")

    async def update_product(self, product_id: UUID, data: UpdateProduct) -> Product:
        """Update product."""
        product = found(await self.products.get_for_update(product_id), "Product")
        for name, value in data.changes().items():
            setattr(product, name, value)
        await self.session.commit()
        return product

    async def deactivate_product(self, product_id: UUID) -> Product:
        """Deactivate product."""
        product = found(await self.products.get_for_update(product_id), "Product")
        product.is_active = False
        await self.session.commit()
        return product
