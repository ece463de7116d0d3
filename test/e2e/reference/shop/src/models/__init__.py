"""All entities: importing one module of this package registers every table."""

from src.models.cart import Cart
from src.models.cart_item import CartItem
from src.models.customer import Customer
from src.models.order import Order
from src.models.order_item import OrderItem
from src.models.product import Product

__all__ = [
    "Cart",
    "CartItem",
    "Customer",
    "Order",
    "OrderItem",
    "Product",
]
