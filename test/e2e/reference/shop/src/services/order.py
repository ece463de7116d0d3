"""Operations on orders."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.errors import found
from src.core.errors import require
from src.models.cart import CartStatus
from src.models.order import Order
from src.models.order import OrderPaymentStatus
from src.models.order import OrderStatus
from src.models.order_item import OrderItem
from src.repositories.cart import CartRepository
from src.repositories.order import OrderRepository
from src.repositories.product import ProductRepository
from src.schemas.order import ListOrders
from src.schemas.order import PlaceOrder


class OrderService:
    """Operations on orders; each that writes is one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.carts = CartRepository(session)
        self.orders = OrderRepository(session)
        self.products = ProductRepository(session)

    async def place_order(self, data: PlaceOrder) -> Order:
        """Place order."""
        cart = found(await self.carts.get_for_update(data.cart_id), "Cart")
        require(cart.status == CartStatus.OPEN, "status must be OPEN")
        require(len(cart.items) > 0, "count(items) must be above 0")
        product_ids = [item.product_id for item in cart.items]
        products = await self.products.get_many_for_update(product_ids)
        for item in cart.items:
            product = products[item.product_id]
            require(
                product.stock >= item.quantity,
                "items.product.stock must be at least items.quantity",
            )
            product.stock -= item.quantity
        cart.status = CartStatus.CHECKED_OUT
        order = Order(
            customer_id=cart.customer_id,
            items=[
                OrderItem(
                    product_id=item.product_id,
                    quantity=item.quantity,
                    unit_price=item.unit_price,
                )
                for item in cart.items
            ],
        )
        order.recompute()
        await self.orders.add(order)
        await self.session.commit()
        return order

    async def pay_order(self, order_id: UUID) -> Order:
        """Pay order."""
        order = found(await self.orders.get_for_update(order_id), "Order")
        require(order.status == OrderStatus.PENDING_PAYMENT, "status must be PENDING_PAYMENT")
        order.status = OrderStatus.PAID
        order.payment_status = OrderPaymentStatus.SIMULATED_OK
        await self.session.commit()
        return order

    async def cancel_order(self, order_id: UUID) -> Order:
        """Cancel order."""
        order = found(await self.orders.get_for_update(order_id), "Order")
        require(order.status == OrderStatus.PENDING_PAYMENT, "status must be PENDING_PAYMENT")
        product_ids = [item.product_id for item in order.items]
        products = await self.products.get_many_for_update(product_ids)
        for item in order.items:
            product = products[item.product_id]
            product.stock += item.quantity
        order.status = OrderStatus.CANCELLED
        await self.session.commit()
        return order

    async def list_orders(self, query: ListOrders) -> Sequence[Order]:
        """List orders."""
        criteria: list[ColumnElement[bool]] = []
        if "customer_id" in query.model_fields_set:
            criteria.append(Order.customer_id == query.customer_id)
        if "status" in query.model_fields_set:
            criteria.append(Order.status == query.status)
        return await self.orders.list(
            *criteria,
            order_by=[
                Order.created_at.desc(),
            ],
            skip=query.skip,
            limit=query.limit,
        )

    async def get_order(self, order_id: UUID) -> Order:
        """Get order."""
        return found(await self.orders.get(order_id), "Order")
