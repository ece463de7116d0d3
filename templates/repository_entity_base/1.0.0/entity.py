"""Generic repository of entities."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from src.core.entity import Entity
from src.repositories.base import BaseRepository

EntityT = TypeVar("EntityT", bound=Entity)


class EntityRepository(BaseRepository[EntityT]):
    """Reads and writes one class of entities."""

    async def get_many_for_update(self, idents: Iterable[UUID]) -> dict[UUID, EntityT]:
        """Return the rows with these keys by key, locked until the transaction ends.

        They are locked in the order of their keys, so that two transactions that lock the
        same rows wait for each other instead of deadlocking. Unknown keys are left out.
        """
        statement = (
            select(self.model)
            .where(self.model.id.in_(set(idents)))
            .order_by(self.model.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return {row.id: row for row in await self.session.scalars(statement)}

    async def get_by(self, **values: object) -> EntityT | None:
        """Return the row whose columns have these values, which a unique constraint covers."""
        statement = select(self.model).filter_by(**values)
        return (await self.session.scalars(statement)).one_or_none()
