"""Documents in the database."""

from typing import Any

from sqlalchemy import Identity
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from src.core.database import Base


class Document(Base):
    """A JSON object that is kept under a key of its collection."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint(
            "collection",
            "key",
            name="uq_documents_key",
            info={"status": 409, "detail": "There is already something with this key"},
        ),
    )

    # In the order of creation.
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    collection: Mapped[str] = mapped_column(String(50))
    key: Mapped[str]
    # The parameters of the path that it was created below.
    scope: Mapped[dict[str, Any]] = mapped_column(JSONB)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
