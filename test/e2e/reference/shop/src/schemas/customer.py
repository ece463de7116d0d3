"""Bodies of requests and responses about customers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from src.schemas.base import RequestBody
from src.schemas.base import ResponseBody
from src.schemas.types import Email
from src.schemas.types import text

CustomerEmail = Email
CustomerFullName = Annotated[str, text(minimum=1, maximum=200)]


class CustomerRead(ResponseBody):
    """A person who buys."""

    id: UUID
    email: str
    full_name: str
    created_at: datetime


class CreateCustomer(RequestBody):
    """Body of `create_customer`."""

    email: CustomerEmail
    full_name: CustomerFullName
