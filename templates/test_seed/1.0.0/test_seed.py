"""The seed script."""

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from scripts.seed import ROWS
from scripts.seed import seed
from src.core.database import Base


async def test_fills_every_table_once(session: AsyncSession) -> None:
    assert await seed(session, 3) == 3 * len(ROWS)
    assert await seed(session, 3) == 0
    for table in Base.metadata.sorted_tables:
        rows = await session.scalar(select(func.count()).select_from(table))
        assert rows == 3, table.name
