"""Repository of documents."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import Sequence as Numbers
from sqlalchemy import func
from sqlalchemy import literal
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.entity import new_id
from src.models.document import Document

NUMBERS = Numbers("document_keys")


def key_text(key: object) -> str:
    """Return a key as it is kept: 1 and 1.0 are one."""
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


class DocumentRepository:
    """Reads and writes documents within the session of the caller, who owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(
        self,
        collection: str,
        key: object,
        *,
        scope: Mapping[str, Any] | None = None,
        lock: bool = False,
    ) -> Document | None:
        """Return a document, perhaps locked until the transaction ends, or None."""
        statement = self._of(collection, scope).where(Document.key == key_text(key))
        if lock:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).one_or_none()

    async def list(
        self,
        collection: str,
        *,
        scope: Mapping[str, Any] | None = None,
        filters: Mapping[str, Any] | None = None,
        skip: int = 0,
        limit: int | None = None,
    ) -> Sequence[Document]:
        """Return one page of the documents whose properties have these values, oldest first."""
        statement = self._of(collection, scope, filters).order_by(Document.id)
        return (await self.session.scalars(statement.offset(skip).limit(limit))).all()

    async def count(
        self,
        collection: str,
        *,
        scope: Mapping[str, Any] | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> int:
        """Return how many documents there are."""
        rows = self._of(collection, scope, filters).subquery()
        return (await self.session.scalars(select(func.count()).select_from(rows))).one()

    async def add(
        self, collection: str, key: object, body: Mapping[str, Any], scope: Mapping[str, Any]
    ) -> Document:
        """Insert a document."""
        document = Document(
            collection=collection, key=key_text(key), scope=dict(scope), body=dict(body)
        )
        self.session.add(document)
        await self.session.flush()
        return document

    async def delete(self, document: Document) -> None:
        """Delete a document."""
        await self.session.delete(document)
        await self.session.flush()

    async def new_key(self, collection: str, kind: str) -> int | str:
        """Return a key that no document of the collection has: a number, or a UUID as text."""
        if kind != "integer":
            return str(new_id())
        while True:
            number: int = (await self.session.scalars(select(NUMBERS.next_value()))).one()
            if await self.get(collection, number) is None:
                return number

    @staticmethod
    def _of(
        collection: str,
        scope: Mapping[str, Any] | None,
        filters: Mapping[str, Any] | None = None,
    ) -> Select[Document]:
        criteria: list[ColumnElement[bool]] = [Document.collection == collection]
        if scope:
            criteria.append(Document.scope.contains(dict(scope)))
        for name, value in (filters or {}).items():
            values = value if isinstance(value, list) else [value]
            criteria.append(or_(*(Document.body[name] == literal(one, JSONB) for one in values)))
        return select(Document).where(*criteria)
