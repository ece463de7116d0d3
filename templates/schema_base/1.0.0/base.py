"""Bases of the request and response bodies."""

from typing import Any

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field

MAX_SKIP = 2_147_483_647


def unset() -> Any:  # noqa: ANN401 (stands for a value of any type)
    """Declare a field that may be absent but, unlike one with `None`, not null.

    Its value has no meaning unless its name is in `model_fields_set`.
    """
    return Field(default_factory=lambda: None)


class RequestBody(BaseModel):
    """A body, or the query parameters, of a request; unknown names are errors."""

    model_config = ConfigDict(extra="forbid")

    def changes(self) -> dict[str, Any]:
        """Return what the request has set, by name."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


class ResponseBody(BaseModel):
    """A body of a response, made from the attributes of an entity."""

    model_config = ConfigDict(from_attributes=True)
