"""Bodies of requests and responses about products."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from src.schemas.base import MAX_SKIP
from src.schemas.base import RequestBody
from src.schemas.base import ResponseBody
from src.schemas.base import unset
from src.schemas.types import Digits
from src.schemas.types import Whole
from src.schemas.types import text

ProductName = Annotated[str, text(minimum=1, maximum=200)]
ProductDescription = Annotated[str, text(maximum=2000)]
ProductPrice = Annotated[Decimal, Digits(places=2, digits=12, above="0")]
ProductStock = Annotated[int, Whole(minimum=0)]
ProductIsActive = Annotated[bool, Field(strict=True)]


class ProductRead(ResponseBody):
    """An article for sale."""

    id: UUID
    name: str
    description: str | None
    price: Annotated[Decimal, Digits(places=2)]
    stock: int
    is_active: bool


class CreateProduct(RequestBody):
    """Body of `create_product`."""

    name: ProductName
    description: ProductDescription | None = None
    price: ProductPrice
    stock: ProductStock
    is_active: ProductIsActive = True


class ListProducts(RequestBody):
    """Query parameters of `list_products`."""

    skip: int = Field(default=0, ge=0, le=MAX_SKIP)
    limit: int = Field(default=100, ge=1, le=1000)


class UpdateProduct(RequestBody):
    """Body of `update_product`."""

    name: ProductName = unset()
    description: ProductDescription | None = unset()
    price: ProductPrice = unset()
    stock: ProductStock = unset()
    is_active: ProductIsActive = unset()
