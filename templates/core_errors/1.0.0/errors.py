"""Errors of the domain, and their form on the wire: problem details (RFC 9457)."""

from http import HTTPStatus
from typing import Any
from typing import TypeVar

import structlog
from fastapi import FastAPI
from fastapi import Request
from fastapi import status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic import Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from src.core.database import Base

PROBLEM_MEDIA_TYPE = "application/problem+json"
UNIQUE_VIOLATION = "23505"
# What the database refuses because of the values sent: data exceptions (class 22), NOT NULL, CHECK.
REFUSED_VALUES = ("22", "23502", "23514")
# Serialization failure, deadlock, lock not available: the same request may succeed next time.
RETRYABLE = ("40001", "40P01", "55P03")

FoundT = TypeVar("FoundT")
logger = structlog.stdlib.get_logger(__name__)


class ProblemItem(BaseModel):
    """One invalid part of a request."""

    location: str = Field(description="Where it is, as in `body.price`.")
    message: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(description="URI of the kind of problem.")
    title: str = Field(description="Name of the status.")
    status: int = Field(description="Status of the response.")
    detail: str = Field(description="What went wrong this time.")
    errors: list[ProblemItem] = Field(description="The invalid parts; empty for other problems.")


class DomainError(Exception):
    """A request that the rules of the domain do not allow."""

    status = status.HTTP_400_BAD_REQUEST

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class RuleViolationError(DomainError):
    """A guard of the operation is not met."""


class NotFoundError(DomainError):
    """An entity that the request names does not exist."""

    status = status.HTTP_404_NOT_FOUND


class ReferencedError(DomainError):
    """An entity is still referred to by others."""

    status = status.HTTP_409_CONFLICT


class UnansweredError(DomainError):
    """Nobody has said yet what an operation does."""

    status = status.HTTP_501_NOT_IMPLEMENTED


def found(value: FoundT | None, kind: str) -> FoundT:
    """Return the value, or raise NotFoundError if there is none."""
    if value is None:
        raise NotFoundError(f"{kind} not found")
    return value


def require(condition: bool, rule: str) -> None:
    """Raise RuleViolationError unless the condition holds."""
    if not condition:
        raise RuleViolationError(rule)


def problem_responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Describe the error responses of an operation, for its `responses`."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": HTTPStatus(code).phrase, "content": content} for code in codes}


def problem_response(
    code: int,
    detail: str,
    *,
    errors: list[ProblemItem] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Build the response for a problem."""
    problem = Problem(
        type="about:blank",
        title=HTTPStatus(code).phrase,
        status=code,
        detail=detail,
        errors=errors or [],
    )
    return JSONResponse(
        problem.model_dump(),
        status_code=code,
        headers=headers,
        media_type=PROBLEM_MEDIA_TYPE,
    )


async def _on_domain_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)  # noqa: S101 (for the type checker)
    return problem_response(error.status, error.detail)


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (for the type checker)
    # Never `input`: it may be large, secret, or hold a surrogate that no response can carry.
    items = [
        ProblemItem(
            location=".".join(str(part) for part in item["loc"]),
            message=item["msg"],
        )
        for item in error.errors()
    ]
    return problem_response(
        status.HTTP_422_UNPROCESSABLE_CONTENT,
        "The request is not valid",
        errors=items,
    )


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 (for the type checker)
    headers = dict(error.headers or {})
    if error.status_code == status.HTTP_405_METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed_methods(request) or headers.get("Allow", "")
    return problem_response(error.status_code, str(error.detail), headers=headers)


def _allowed_methods(request: Request) -> str:
    """Return all methods of a path; the router names those of its first route only."""
    path = getattr(request.scope.get("route"), "path_format", "")
    return ", ".join(sorted(request.app.openapi()["paths"].get(path, {}))).upper()


async def _on_database_error(request: Request, error: Exception) -> JSONResponse:
    """Answer for what the database refused; what is no fault of the request is a 500."""
    assert isinstance(error, DBAPIError)  # noqa: S101 (for the type checker)
    code = getattr(error.orig, "sqlstate", None) or ""
    if code == UNIQUE_VIOLATION:
        info = constraint_info(violated_constraint(error))
        return problem_response(
            info.get("status", status.HTTP_409_CONFLICT),
            info.get("detail", "Such an entry exists already"),
        )
    if code.startswith(REFUSED_VALUES):
        return problem_response(status.HTTP_400_BAD_REQUEST, "A value is out of its range")
    if code in RETRYABLE:
        return problem_response(
            status.HTTP_503_SERVICE_UNAVAILABLE,
            "The request conflicts with another one; try again",
            headers={"Retry-After": "1"},
        )
    return await _on_unexpected_error(request, error)


async def _on_unexpected_error(_request: Request, error: Exception) -> JSONResponse:
    logger.error("unexpected_error", exc_info=error)
    return problem_response(
        status.HTTP_500_INTERNAL_SERVER_ERROR,
        "The server failed to answer the request",
    )


def violated_constraint(error: DBAPIError) -> str:
    """Return the name of the constraint that a statement violated, or an empty string."""
    cause = getattr(error.orig, "__cause__", None)
    return getattr(cause, "constraint_name", None) or ""


def constraint_info(name: str) -> dict[str, Any]:
    """Return what the models say about a constraint or unique index: `status` and `detail`."""
    for table in Base.metadata.tables.values():
        for item in (*table.constraints, *table.indexes):
            if getattr(item, "name", None) == name:
                return dict(item.info)
    return {}


def register_error_handlers(app: FastAPI) -> None:
    """Answer every error with problem details, and describe them in the OpenAPI document."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(DBAPIError, _on_database_error)
    app.add_exception_handler(Exception, _on_unexpected_error)

    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (Problem, ProblemItem):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            schemas.setdefault(model.__name__, schema)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
