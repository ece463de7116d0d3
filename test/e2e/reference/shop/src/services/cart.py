"""Operations on carts."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.entity import pick
from src.core.errors import found
from src.core.errors import require
from src.models.cart import Cart
from src.models.cart import CartStatus
from src.models.cart_item import CartItem
from src.repositories.cart import CartRepository
from src.repositories.customer import CustomerRepository
from src.repositories.product import ProductRepository
from src.schemas.cart import AddCartItem
from src.schemas.cart import OpenCart
from src.schemas.cart import UpdateCartItem


class CartService:
    """Operations on carts; each that writes is one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.carts = CartRepository(session)
        self.customers = CustomerRepository(session)
        self.products = ProductRepository(session)

    async def open_cart(self, data: OpenCart) -> tuple[Cart, bool]:
        """Open cart: return the existing one, or a new one and True."""
        found(await self.customers.get(data.customer_id), "Customer")
        key = {
            "customer_id": data.customer_id,
            "status": CartStatus.OPEN,
        }
        cart = await self.carts.get_by(**key)
        if cart is not None:
            return cart, False
        cart = Cart(
            customer_id=data.customer_id,
            items=[],
        )
        try:
            async with self.session.begin_nested():
                await self.carts.add(cart)
        except IntegrityError:
            # Another request has made it meanwhile.
            cart = await self.carts.get_by(**key)
            if cart is None:
                raise
            return cart, False
        await self.session.commit()
        return cart, True

    async def add_cart_item(self, cart_id: UUID, data: AddCartItem) -> Cart:
        """Add cart item."""
        cart = found(await self.carts.get_for_update(cart_id), "Cart")
        require(cart.status == CartStatus.OPEN, "status must be OPEN")
        product = found(await self.products.get(data.product_id), "Product")
        item = pick(
            cart.items,
            product_id=data.product_id,
        )
        if item is None:
            item = CartItem(
                product_id=data.product_id,
                quantity=data.quantity,
            )
            cart.items.append(item)
        else:
            item.quantity += data.quantity
        item.unit_price = product.price
        require(product.is_active, "item.product.is_active must be true")
        require(product.stock >= item.quantity, "item.product.stock must be at least item.quantity")
        await self.session.commit()
        return cart

    async def get_cart(self, cart_id: UUID) -> Cart:
        """Get cart."""
        return found(await self.carts.get(cart_id), "Cart")

    async def update_cart_item(self, cart_id: UUID, item_id: UUID, data: UpdateCartItem) -> Cart:
        """Update cart item."""
        cart = found(await self.carts.get_for_update(cart_id), "Cart")
        item = found(pick(cart.items, id=item_id), "CartItem")
        require(cart.status == CartStatus.OPEN, "status must be OPEN")
        if data.quantity == 0:
            cart.items.remove(item)
            await self.session.commit()
            return cart
        product = found(await self.products.get(item.product_id), "Product")
        item.quantity = data.quantity
        require(product.stock >= item.quantity, "item.product.stock must be at least item.quantity")
        await self.session.commit()
        return cart

    async def clear_cart(self, cart_id: UUID) -> Cart:
        """Clear cart."""
        cart = found(await self.carts.get_for_update(cart_id), "Cart")
        require(cart.status == CartStatus.OPEN, "status must be OPEN")
        cart.items.clear()
        await self.session.commit()
        return cart
