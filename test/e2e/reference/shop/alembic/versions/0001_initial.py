"""Create all tables.

Revision ID: 0001
Revises:
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def create_products() -> None:
    """Create the table of products."""
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.String(2000), nullable=True),
        sa.Column("price", sa.Numeric(12, 2), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("char_length(name) >= 1", name=op.f("ck_products_name_min")),
        sa.CheckConstraint("price > 0", name=op.f("ck_products_price_above")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_products_stock_min")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )


def create_customers() -> None:
    """Create the table of customers."""
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("full_name", sa.String(200), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint("char_length(full_name) >= 1", name=op.f("ck_customers_full_name_min")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("email", name=op.f("uq_customers_email")),
    )


def create_carts() -> None:
    """Create the table of carts."""
    op.create_table(
        "carts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(50), nullable=False),
        sa.CheckConstraint(
            "status IN ('OPEN', 'CHECKED_OUT')",
            name=op.f("ck_carts_status_values"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_carts_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carts")),
    )
    op.create_index(op.f("ix_carts_customer_id"), "carts", ["customer_id"])
    op.create_index(
        op.f("uq_carts_open_per_customer"),
        "carts",
        [
            "customer_id",
        ],
        unique=True,
        postgresql_where=sa.text("status = 'OPEN'"),
    )


def create_cart_items() -> None:
    """Create the table of cart items."""
    op.create_table(
        "cart_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Numeric(12, 2), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_cart_items_quantity_min")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_cart_items_unit_price_min")),
        sa.ForeignKeyConstraint(
            ["cart_id"],
            ["carts.id"],
            name=op.f("fk_cart_items_cart_id_carts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name=op.f("fk_cart_items_product_id_products"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_items")),
        sa.UniqueConstraint(
            "cart_id",
            "product_id",
            name=op.f("uq_cart_items_product_once"),
        ),
    )
    op.create_index(op.f("ix_cart_items_cart_id"), "cart_items", ["cart_id"])
    op.create_index(op.f("ix_cart_items_product_id"), "cart_items", ["product_id"])


def create_orders() -> None:
    """Create the table of orders."""
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(50), nullable=False),
        sa.Column("payment_status", sa.String(50), nullable=False),
        sa.Column("total_amount", sa.Numeric(24, 2), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('PENDING_PAYMENT', 'PAID', 'CANCELLED')",
            name=op.f("ck_orders_status_values"),
        ),
        sa.CheckConstraint(
            "payment_status IN ('PENDING', 'SIMULATED_OK', 'FAILED')",
            name=op.f("ck_orders_payment_status_values"),
        ),
        sa.CheckConstraint("total_amount >= 0", name=op.f("ck_orders_total_amount_min")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_orders_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_customer_id"), "orders", ["customer_id"])


def create_order_items() -> None:
    """Create the table of order items."""
    op.create_table(
        "order_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Numeric(12, 2), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_order_items_quantity_min")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_order_items_unit_price_min")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_order_items_order_id_orders"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name=op.f("fk_order_items_product_id_products"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_items")),
    )
    op.create_index(op.f("ix_order_items_order_id"), "order_items", ["order_id"])
    op.create_index(op.f("ix_order_items_product_id"), "order_items", ["product_id"])


# What refers to another table comes after it.
TABLES = (
    ("products", create_products),
    ("customers", create_customers),
    ("carts", create_carts),
    ("cart_items", create_cart_items),
    ("orders", create_orders),
    ("order_items", create_order_items),
)


def upgrade() -> None:
    """Create the tables."""
    for _, create in TABLES:
        create()


def downgrade() -> None:
    """Drop the tables."""
    for table, _ in reversed(TABLES):
        op.drop_table(table)
