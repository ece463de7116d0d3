"""Generic async repository."""

from collections.abc import Sequence
from typing import Any
from typing import Generic
from typing import TypeVar

from sqlalchemy import ColumnExpressionArgument
from sqlalchemy import func
from sqlalchemy import inspect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.interfaces import ORMOption

from src.core.database import Base

ModelT = TypeVar("ModelT", bound=Base)

DEFAULT_LIMIT = 50


class BaseRepository(Generic[ModelT]):
    """Reads and writes one mapped class within the session of the caller.

    A subclass names its class: `model = Product`. Nothing here commits: the caller owns
    the transaction. Writes are flushed, so that the constraints of the database speak
    where the write happens (as `sqlalchemy.exc.IntegrityError`).
    """

    model: type[ModelT]

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, ident: object, *, options: Sequence[ORMOption] = ()) -> ModelT | None:
        """Return the row with this primary key, or None."""
        return await self.session.get(self.model, ident, options=options)

    async def get_for_update(
        self, ident: object, *, options: Sequence[ORMOption] = ()
    ) -> ModelT | None:
        """Return the row with this primary key, locked until the transaction ends, or None.

        Its attributes are read anew, even if the session already holds the object; rows that
        the options join are not locked. Whoever locks several rows does so in the order of
        their keys, or risks a deadlock.
        """
        return await self.session.get(
            self.model,
            ident,
            options=options,
            with_for_update={"of": self.model},
            populate_existing=True,
        )

    async def list(
        self,
        *criteria: ColumnExpressionArgument[bool],
        order_by: Sequence[ColumnExpressionArgument[Any]] = (),
        skip: int = 0,
        limit: int = DEFAULT_LIMIT,
        options: Sequence[ORMOption] = (),
    ) -> Sequence[ModelT]:
        """Return one page of the rows that meet all criteria.

        The primary key comes last in the order, which makes it total.
        """
        statement = (
            select(self.model)
            .where(*criteria)
            .order_by(*order_by, *inspect(self.model).primary_key)
            .offset(skip)
            .limit(limit)
            .options(*options)
        )
        return (await self.session.scalars(statement)).all()

    async def count(self, *criteria: ColumnExpressionArgument[bool]) -> int:
        """Return how many rows meet all criteria."""
        statement = select(func.count()).select_from(self.model).where(*criteria)
        return (await self.session.scalars(statement)).one()

    async def exists(self, *criteria: ColumnExpressionArgument[bool]) -> bool:
        """Return whether any row meets all criteria."""
        statement = select(select(self.model).where(*criteria).exists())
        return (await self.session.scalars(statement)).one()

    async def add(self, instance: ModelT) -> ModelT:
        """Insert a new object; what the database generates is set when this returns."""
        self.session.add(instance)
        await self.session.flush()
        return instance

    async def delete(self, instance: ModelT) -> None:
        """Delete an object."""
        await self.session.delete(instance)
        await self.session.flush()
