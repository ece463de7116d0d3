"""Constraints of values in requests: what passes fits its column.

Each is both checked and described in the OpenAPI document, so that the two say the same.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from typing import Any

from pydantic import AfterValidator
from pydantic import AwareDatetime
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import GetCoreSchemaHandler
from pydantic import GetJsonSchemaHandler
from pydantic import StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core import PydanticCustomError
from pydantic_core import core_schema

MIN_INTEGER = -2_147_483_648
MAX_INTEGER = 2_147_483_647
MAX_EMAIL = 254
# As many as the arithmetic of `decimal` keeps.
MAX_DIGITS = 28
# PostgreSQL stores no NUL in a text.
NO_NUL = r"^[^\x00]*$"
# The `addr-spec` of RFC 5322 in its common form: no quotes, no comments, a domain with a dot.
EMAIL = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"
)
PLAIN_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# How far a JSON number may be from the decimal it stands for: 1.1500000000000001 is 1.15.
FLOAT_TOLERANCE = Decimal("1e-12")


def text(*, minimum: int = 0, maximum: int) -> StringConstraints:
    """Describe a string by its length in characters."""
    return StringConstraints(strict=True, min_length=minimum, max_length=maximum, pattern=NO_NUL)


@dataclass(frozen=True)
class Whole:
    """An integer within a range; 2.0 is one, as JSON Schema has it, but "2" and true are not."""

    minimum: int = MIN_INTEGER
    maximum: int = MAX_INTEGER

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the type, then the range."""
        number = core_schema.int_schema(strict=True, ge=self.minimum, le=self.maximum)
        return core_schema.no_info_before_validator_function(self._parse, number)

    @staticmethod
    def _parse(value: object) -> object:
        return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class Digits:
    """A decimal number with `places` digits after the point, and at most `digits` in all.

    A request may write it as a number or as a string; a response writes a string with all
    its places. `minimum` and `maximum` are part of the range, `above` and `below` are not.
    """

    places: int
    digits: int = MAX_DIGITS
    minimum: str | None = None
    maximum: str | None = None
    above: str | None = None
    below: str | None = None

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check, then write out all places."""
        number = core_schema.decimal_schema(
            max_digits=self.digits,
            decimal_places=self.places,
            ge=_decimal(self.minimum),
            le=_decimal(self.maximum),
            gt=_decimal(self.above),
            lt=_decimal(self.below),
        )
        return core_schema.chain_schema(
            [
                core_schema.no_info_plain_validator_function(self._parse),
                number,
                core_schema.no_info_plain_validator_function(self._write_out),
            ],
            serialization=core_schema.to_string_ser_schema(),
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe both forms, or the string alone for a response."""
        start = "^" if self._is_never_negative() else "^-?"
        if self.above is not None and Decimal(self.above) == 0:
            start = r"^(?!0*(\.0*)?$)"
        whole = self.digits - self.places
        fraction = rf"(\.[0-9]{{1,{self.places}}})?" if self.places else ""
        string = {"type": "string", "pattern": rf"{start}[0-9]{{1,{whole}}}{fraction}$"}
        if handler.mode == "serialization":
            return string
        number: dict[str, Any] = {"type": "number", "multipleOf": float(self._quantum())}
        limit = float(10**whole - self._quantum())
        number["maximum"] = limit if self.maximum is None else float(self.maximum)
        number["minimum"] = -limit if self.minimum is None else float(self.minimum)
        if self.above is not None:
            number["exclusiveMinimum"] = float(self.above)
            del number["minimum"]
        if self.below is not None:
            number["exclusiveMaximum"] = float(self.below)
            del number["maximum"]
        return {"anyOf": [number, string]}

    def _quantum(self) -> Decimal:
        return Decimal(1).scaleb(-self.places)

    def _is_never_negative(self) -> bool:
        lowest = self.minimum if self.above is None else self.above
        return lowest is not None and Decimal(lowest) >= 0

    def _parse(self, value: object) -> Decimal:
        if isinstance(value, Decimal):
            return value
        if isinstance(value, str) and PLAIN_DECIMAL.fullmatch(value):
            return Decimal(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, float):
            exact = Decimal(repr(value))
            if not exact.is_finite() or abs(exact) >= 10**self.digits:
                return exact
            nearest = exact.quantize(self._quantum())
            tolerance = FLOAT_TOLERANCE * max(abs(exact), Decimal(1))
            return nearest if abs(exact - nearest) <= tolerance else exact
        raise PydanticCustomError("decimal_type", "Input should be a decimal number")

    def _write_out(self, value: Decimal) -> Decimal:
        return value.quantize(self._quantum())


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _require_string(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    return value


def _require_flag(value: object) -> object:
    if value not in ("true", "false"):
        raise PydanticCustomError("bool_parsing", "Input should be true or false")
    return value


def _lower(value: str) -> str:
    return value.lower()


# One mailbox is one entry, however its owner writes it.
Email = Annotated[
    str,
    StringConstraints(strict=True, max_length=MAX_EMAIL, pattern=EMAIL),
    AfterValidator(_lower),
]
Moment = Annotated[AwareDatetime, BeforeValidator(_require_string)]
Day = Annotated[date, BeforeValidator(_require_string)]
# In a query everything is text.
QueryFlag = Annotated[bool, BeforeValidator(_require_flag)]
QueryWhole = Annotated[int, Field(ge=MIN_INTEGER, le=MAX_INTEGER)]
