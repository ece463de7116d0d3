"""Base of the mapped entities."""

import secrets
import threading
import time
from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from src.core.database import Base

_lock = threading.Lock()
_last_tick = 0


def new_id() -> UUID:
    """Return a UUID of version 7 (RFC 9562): within a process, each one sorts after the last.

    The 60 bits of the timestamp are milliseconds and their fraction in 4096ths (method 3 of
    section 6.2), so that rows in the order of their keys are in the order of their creation.
    """
    global _last_tick  # noqa: PLW0603 (the clock may stand still or go back; the keys may not)
    tick = time.time_ns() * 4096 // 1_000_000
    with _lock:
        tick = _last_tick = max(tick, _last_tick + 1)
    milliseconds, fraction = divmod(tick, 4096)
    return UUID(
        int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    )


class Entity(Base):
    """A row with an identity of its own."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


EntityT = TypeVar("EntityT", bound=Entity)


def pick(entities: Iterable[EntityT], **values: object) -> EntityT | None:
    """Return the first entity whose attributes have these values, or None."""
    for entity in entities:
        if all(getattr(entity, name) == value for name, value in values.items()):
            return entity
    return None
