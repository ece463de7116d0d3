"""The constraints of values in requests."""

from decimal import Decimal
from typing import Annotated
from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic import ValidationError

from src.schemas.types import Digits
from src.schemas.types import Email
from src.schemas.types import Moment
from src.schemas.types import Whole
from src.schemas.types import text

NUMBER = TypeAdapter[Decimal](Annotated[Decimal, Digits(places=2, digits=6)])
RANGE = TypeAdapter[Decimal](Annotated[Decimal, Digits(places=0, digits=3, above="1", below="9")])
WHOLE = TypeAdapter[int](Annotated[int, Whole(minimum=-1, maximum=5)])
TEXT = TypeAdapter[str](Annotated[str, text(minimum=1, maximum=3)])
EMAIL = TypeAdapter[str](Email)
MOMENT = TypeAdapter[Any](Moment)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1, "1.00"),
        ("1.5", "1.50"),
        ("-0.01", "-0.01"),
        (Decimal("9999.99"), "9999.99"),
        (0.07, "0.07"),
        (1.1500000000000001, "1.15"),
        (-1234.56, "-1234.56"),
    ],
)
def test_decimal(given: object, expected: str) -> None:
    assert NUMBER.dump_python(NUMBER.validate_python(given), mode="json") == expected


@pytest.mark.parametrize(
    "value",
    [
        10000,
        0.001,
        "1.001",
        "1e2",
        " 1",
        "NaN",
        "",
        "\u0661",
        float("inf"),
        float("nan"),
        1e300,
        True,
        [],
    ],
)
def test_no_decimal(value: object) -> None:
    with pytest.raises(ValidationError):
        NUMBER.validate_python(value)


@pytest.mark.parametrize("value", [1, 9, 5.5, -5])
def test_decimal_out_of_range(value: object) -> None:
    with pytest.raises(ValidationError):
        RANGE.validate_python(value)


def test_decimal_schema() -> None:
    assert RANGE.json_schema() == {
        "anyOf": [
            {"type": "number", "multipleOf": 1.0, "exclusiveMinimum": 1.0, "exclusiveMaximum": 9.0},
            {"type": "string", "pattern": "^[0-9]{1,3}$"},
        ]
    }
    assert NUMBER.json_schema(mode="serialization") == {
        "type": "string",
        "pattern": r"^-?[0-9]{1,4}(\.[0-9]{1,2})?$",
    }


@pytest.mark.parametrize("value", [-1, 0, 5, 5.0])
def test_whole(value: object) -> None:
    assert WHOLE.validate_python(value) == value


@pytest.mark.parametrize("value", [-2, 6, 1.5, "1", True, None, float("nan"), 10**30])
def test_no_whole(value: object) -> None:
    with pytest.raises(ValidationError):
        WHOLE.validate_python(value)


@pytest.mark.parametrize("value", ["", "four", "\x00", "\ud800", 1, None])
def test_no_text(value: object) -> None:
    with pytest.raises(ValidationError):
        TEXT.validate_python(value)


@pytest.mark.parametrize("value", ["a@b.co", "A.b+c@d-e.f.org"])
def test_email(value: str) -> None:
    assert EMAIL.validate_python(value) == value.lower()


@pytest.mark.parametrize(
    "value", ["", "a", "a@b", "@b.co", "a@b..co", "a b@c.de", "a@b.co\n", f"{'a' * 250}@b.co"]
)
def test_no_email(value: object) -> None:
    with pytest.raises(ValidationError):
        EMAIL.validate_python(value)


@pytest.mark.parametrize("value", [0, "2024-01-01T00:00:00", "2024-13-01T00:00:00Z", "now", None])
def test_no_moment(value: object) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(value)
