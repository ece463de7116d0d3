"""Create the table of documents.

Revision ID: 0001
Revises:
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the table, and the numbers for keys that the service makes."""
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("collection", sa.String(50), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("scope", postgresql.JSONB(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("collection", "key", name=op.f("uq_documents_key")),
    )
    op.execute(sa.schema.CreateSequence(sa.Sequence("document_keys")))


def downgrade() -> None:
    """Drop both."""
    op.execute(sa.schema.DropSequence(sa.Sequence("document_keys")))
    op.drop_table("documents")
