"""The contract of this API: the OpenAPI document that the service was generated from.

Requests are read and checked by it, and it is what `/openapi.json` shows of the routes there are.
"""

import json
import re
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from datetime import UTC
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from fastapi import FastAPI
from fastapi import HTTPException
from fastapi import Request
from fastapi import Response
from fastapi import status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from jsonschema import FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from starlette.datastructures import UploadFile

from src.core.errors import DomainError
from src.core.errors import PROBLEM_MEDIA_TYPE

CONTRACT: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("contract.json").read_text(encoding="utf-8")
)
OPERATIONS: Mapping[str, Any] = CONTRACT["operations"]
URI = "urn:contract"
# Values of these keys are data, in which nothing is a schema.
DATA = frozenset({"example", "examples", "default", "enum", "const", "value"})
# OpenAPI describes these elsewhere: by media types and security schemes.
IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}
PROBLEM = {PROBLEM_MEDIA_TYPE: {"schema": {"type": "object", "required": ["status", "detail"]}}}
JSON_MEDIA = re.compile(r"application/(?:[^;]*\+)?json|\*/\*")
FORM_MEDIA = ("application/x-www-form-urlencoded", "multipart/form-data")
FORMATS = FormatChecker(formats=("date", "uuid", "ipv4", "ipv6", "email"))


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@dataclass(frozen=True)
class Call:
    """A request that fits the contract: parameters by their names, and the body."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    cookie: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Answer:
    """What an operation answers; without a body where the contract has none."""

    status: int
    body: Any = None
    has_body: bool = True


def respond(answer: Answer) -> Response:
    """Build the response of an answer."""
    if answer.has_body:
        return JSONResponse(answer.body, answer.status)
    return Response(status_code=answer.status)


def modern(value: Any, *, is_30: bool) -> Any:  # noqa: ANN401 (any JSON)
    """Rewrite the schemas in a value for JSON Schema 2020-12, as they apply to requests."""
    if isinstance(value, list):
        return [modern(item, is_30=is_30) for item in value]
    if not isinstance(value, dict):
        return value
    schema = {
        key: item if key in DATA and not isinstance(item, dict) else modern(item, is_30=is_30)
        for key, item in value.items()
    }
    _drop_read_only(schema)
    if isinstance(pattern := schema.get("pattern"), str) and not _compiles(pattern):
        del schema["pattern"]
    if not is_30:
        return schema
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    if schema.get("nullable") is True:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def _drop_read_only(schema: dict[str, Any]) -> None:
    """Forget which read-only properties are required: a request need not have them."""
    required, properties = schema.get("required"), schema.get("properties")
    if isinstance(required, list) and isinstance(properties, dict):
        schema["required"] = [name for name in required if not _is_read_only(properties.get(name))]


def _is_read_only(schema: object) -> bool:
    return isinstance(schema, dict) and schema.get("readOnly") is True


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


@cache
def registry() -> Registry[Any]:
    """Return the contract as schemas can refer to it."""
    is_30 = str(CONTRACT["document"].get("openapi", "")).startswith("3.0")
    whole = {
        **CONTRACT["document"],
        "operations": {name: one["contract"] for name, one in OPERATIONS.items()},
    }
    resource = DRAFT202012.create_resource(modern(whole, is_30=is_30))
    made: Registry[Any] = Registry().with_resource(URI, resource)
    return made


@cache
def validator(pointer: str) -> Draft202012Validator:
    """Return the validator of the schema at a place of the contract."""
    return Draft202012Validator(
        {"$ref": f"{URI}#{pointer}"}, registry=registry(), format_checker=FORMATS
    )


def at(pointer: str) -> tuple[Any, str]:
    """Return what stands at a place of the contract, and where that is, references followed."""
    value: Any = registry().contents(URI)
    for part in pointer.split("/")[1:]:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value.get(name)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            break
    else:
        return value, pointer
    rest = pointer[len(_taken(pointer, value)) :]
    return at(value["$ref"].removeprefix(URI).removeprefix("#") + rest)


def _taken(pointer: str, value: object) -> str:
    """Return the part of a pointer that leads to a value."""
    parts = pointer.split("/")
    for end in range(2, len(parts) + 1):
        found: Any = registry().contents(URI)
        for part in parts[1:end]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found.get(name)
        if found is value:
            return "/".join(parts[:end])
    return pointer


def escape(name: str) -> str:
    """Return a name as part of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")


async def read(name: str, request: Request) -> Call:
    """Read a request and check it by the contract.

    Raises:
        RequestValidationError: It does not fit.
        HTTPException: Its media type is not one of the contract.
    """
    base = f"/operations/{name}"
    errors: list[dict[str, Any]] = []
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    described, _ = at(base)
    for i in range(len(described.get("parameters", []))):
        parameter, pointer = at(f"{base}/parameters/{i}")
        where, key = parameter["in"], parameter["name"]
        if where == "header" and key.lower() in IGNORED_HEADERS:
            continue
        found, value = _parameter(parameter, pointer, request, OPERATIONS[name]["params"])
        if found:
            values[where][key] = value
            errors += _problems(value, _schema_of(parameter, pointer), (where, key))
        elif parameter.get("required") or where == "path":
            errors.append(_problem((where, key), "Field required"))
    for variable, key in OPERATIONS[name]["params"].items():
        values["path"].setdefault(key, request.path_params[variable])
    body = await _body(base, described, request, errors)
    if errors:
        raise RequestValidationError(errors)
    return Call(**values, body=body)


def _schema_of(parameter: Mapping[str, Any], pointer: str) -> str | None:
    if "schema" in parameter:
        return f"{pointer}/schema"
    media = next(iter(parameter.get("content", {})), None)
    return None if media is None else f"{pointer}/content/{escape(media)}/schema"


def _parameter(
    parameter: Mapping[str, Any], pointer: str, request: Request, params: Mapping[str, str]
) -> tuple[bool, Any]:
    """Return whether a parameter was sent, and its value as its schema has it."""
    where, key = parameter["in"], parameter["name"]
    schema = f"{pointer}/schema" if "schema" in parameter else None
    if where == "query":
        return _query(parameter, schema, request)
    if where == "path":
        variable = next((one for one, name in params.items() if name == key), None)
        text = None if variable is None else request.path_params.get(variable)
    elif where == "header":
        text = request.headers.get(key)
    else:
        text = request.cookies.get(key)
    if text is None:
        return False, None
    if schema is None:
        return True, _decoded(text)
    prefix = {"label": ".", "matrix": f";{key}="}.get(parameter.get("style", ""), "")
    return True, _valued(text.removeprefix(prefix).split(","), schema, text=text)


def _query(parameter: Mapping[str, Any], schema: str | None, request: Request) -> tuple[bool, Any]:
    key, sent = parameter["name"], request.query_params
    if schema is None:
        return key in sent, _decoded(sent.get(key, ""))
    described, place = at(schema)
    if _has_type(described, "object"):
        return _query_object(parameter, described, place, request)
    texts = sent.getlist(key) or sent.getlist(f"{key}[]")
    if not texts:
        return False, None
    delimiter = DELIMITERS.get(parameter.get("style", "form"), ",")
    if _has_type(described, "array") and parameter.get("explode", delimiter == ",") is False:
        texts = [part for text in texts for part in text.split(delimiter)]
    return True, _valued(texts, schema, text=texts[0])


def _query_object(
    parameter: Mapping[str, Any], described: Mapping[str, Any], place: str, request: Request
) -> tuple[bool, Any]:
    """Read an object from `a[b]=c`, from `b=c`, or from `a=b,c`."""
    key, sent = parameter["name"], request.query_params
    pairs: dict[str, str] = {}
    if parameter.get("style") == "deepObject":
        inside = re.compile(rf"{re.escape(key)}\[([^\]]*)\]$")
        pairs = {m[1]: text for name, text in sent.items() if (m := inside.match(name))}
    elif parameter.get("explode", True):
        pairs = {name: sent[name] for name in described.get("properties", {}) if name in sent}
    elif key in sent:
        parts = sent[key].split(",")
        pairs = dict(zip(parts[::2], parts[1::2], strict=False))
    if not pairs:
        return False, None
    return True, {name: _property(text, place, described, name) for name, text in pairs.items()}


def _property(text: str, place: str, described: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401
    if name not in described.get("properties", {}):
        return text
    return _valued([text], f"{place}/properties/{escape(name)}", text=text)


def _valued(texts: Sequence[str], schema: str, *, text: str) -> Any:  # noqa: ANN401 (any JSON)
    """Return what texts stand for: the first reading that the schema admits, else the text."""
    described, place = at(schema)
    if _has_type(described, "array"):
        items = f"{place}/items" if "items" in described else None
        return [one if items is None else _valued([one], items, text=one) for one in texts]
    check = validator(schema)
    for reading in _readings(text):
        if check.is_valid(reading):
            return reading
    return text


def _readings(text: str) -> Sequence[Any]:
    """Return what a text can stand for."""
    readings: list[Any] = [text]
    if re.fullmatch(r"-?[0-9]{1,4000}", text):
        readings.append(int(text))
    elif re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?", text):
        readings.append(float(text))
    if text in ("true", "false"):
        readings.append(text == "true")
    if text in ("", "null"):
        readings.append(None)
    return readings


def _decoded(text: str) -> Any:  # noqa: ANN401 (any JSON)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _has_type(schema: object, name: str) -> bool:
    kind = schema.get("type") if isinstance(schema, dict) else None
    return kind == name or (isinstance(kind, list) and name in kind)


async def _body(
    base: str, described: Mapping[str, Any], request: Request, errors: list[dict[str, Any]]
) -> Any:  # noqa: ANN401 (any JSON)
    if "requestBody" not in described:
        return None
    promised, pointer = at(f"{base}/requestBody")
    raw = await request.body()
    if not raw:
        if promised.get("required"):
            errors.append(_problem(("body",), "Field required"))
        return None
    contents = promised.get("content", {})
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    key = _media_key(contents, media)
    if key is None:
        raise HTTPException(
            status.HTTP_415_UNSUPPORTED_MEDIA_TYPE, f"Send {' or '.join(contents) or 'no body'}"
        )
    schema = f"{pointer}/content/{escape(key)}/schema" if "schema" in contents[key] else None
    if JSON_MEDIA.fullmatch(key) and media not in FORM_MEDIA:
        value = _json_body(raw)
        errors += _problems(value, schema, ("body",))
        return value
    if media in FORM_MEDIA:
        return await _form(request, schema, errors)
    return raw


def _media_key(contents: Mapping[str, Any], media: str) -> str | None:
    if media == "":
        return next((key for key in contents if JSON_MEDIA.fullmatch(key.split(";")[0])), None)
    for key in contents:
        plain = key.split(";")[0].strip().lower()
        if plain in (media, "*/*") or (plain.endswith("/*") and media.startswith(plain[:-1])):
            return key
    return None


def _json_body(raw: bytes) -> Any:  # noqa: ANN401 (any JSON)
    try:
        value = json.loads(raw.decode(), parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "The body is not valid JSON") from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


async def _form(request: Request, schema: str | None, errors: list[dict[str, Any]]) -> Any:  # noqa: ANN401
    """Return the fields of a form; files as `UploadFile`."""
    form = await request.form()
    values: dict[str, Any] = {}
    described, place = at(schema) if schema is not None else ({}, "")
    for name in form:
        sent = form.getlist(name)
        texts = [one for one in sent if isinstance(one, str)]
        if len(texts) < len(sent):
            values[name] = next(one for one in sent if isinstance(one, UploadFile))
        elif name in described.get("properties", {}):
            place_of = f"{place}/properties/{escape(name)}"
            values[name] = _valued(texts, place_of, text=texts[0])
        else:
            values[name] = texts[0]
    if all(not isinstance(value, UploadFile) for value in values.values()):
        errors += _problems(values, schema, ("body",))
    return values


def _problems(value: Any, schema: str | None, where: tuple[str, ...]) -> list[dict[str, Any]]:  # noqa: ANN401
    if schema is None:
        return []
    found: list[ValidationError] = list(validator(schema).iter_errors(value))
    return [
        _problem((*where, *map(str, one.absolute_path)), one.message[:300]) for one in found[:20]
    ]


def _problem(where: tuple[str, ...], message: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": where, "msg": message, "input": None}


class ContractRoute(APIRoute):
    """Answers errors in the form that the contract gives them, where it gives one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of a request."""
        handle = super().get_route_handler()

        async def handle_in_form(request: Request) -> Response:
            try:
                return await handle(request)
            except (DomainError, RequestValidationError, HTTPException) as error:
                response = _in_form(self.name, error)
                if response is None:
                    raise
                return response

        return handle_in_form


def _in_form(
    name: str, error: DomainError | RequestValidationError | HTTPException
) -> JSONResponse | None:
    """Return an error as the contract describes it; None where that cannot be told."""
    code, detail, headers = status.HTTP_422_UNPROCESSABLE_CONTENT, "The request is not valid", None
    if isinstance(error, DomainError):
        code, detail = error.status, error.detail
    elif isinstance(error, HTTPException):
        code, detail, headers = error.status_code, str(error.detail), error.headers
    elif problems := error.errors():
        detail = ": ".join([".".join(map(str, problems[0]["loc"])), problems[0]["msg"]])
    promised = at(f"/operations/{name}")[0].get("responses", {})
    key = next((one for one in (str(code), f"{code // 100}XX", "default") if one in promised), None)
    if key is None:
        return None
    response, pointer = at(f"/operations/{name}/responses/{escape(key)}")
    for media, content in response.get("content", {}).items():
        if JSON_MEDIA.fullmatch(media.split(";")[0]) and "schema" in content:
            schema = f"{pointer}/content/{escape(media)}/schema"
            body = _error_body(at(schema)[0], code, detail)
            if validator(schema).is_valid(body):
                sent_as = "application/json" if media == "*/*" else media
                return JSONResponse(body, code, headers=headers, media_type=sent_as)
    return None


def _error_body(schema: object, code: int, detail: str) -> dict[str, Any]:
    """Return what is known of an error under the names that a schema has for it."""
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    title = HTTPStatus(code).phrase
    known = {
        **dict.fromkeys(("message", "detail", "error_description", "description", "msg"), detail),
        **dict.fromkeys(("status", "code", "statusCode", "status_code"), code),
        **dict.fromkeys(("title", "error", "reason", "name"), title),
        "type": "about:blank",
    }
    body: dict[str, Any] = {}
    for name, described in properties.items():
        if name in known:
            is_text = _has_type(described, "string")
            body[name] = str(known[name]) if is_text else known[name]
    return body


def document(served: frozenset[str]) -> dict[str, Any]:
    """Return the OpenAPI document of the operations that are served."""
    paths: dict[str, Any] = {}
    for name, one in OPERATIONS.items():
        if name in served:
            item = paths.setdefault(one["path"], {})
            promised = one["contract"].get("responses", {})
            described = {code: _with_body(code, response) for code, response in promised.items()}
            item[one["method"].lower()] = {
                **one["contract"],
                "responses": {**described, **_further(one)},
            }
    return {**CONTRACT["document"], "paths": paths}


def _with_body(code: str, response: Mapping[str, Any]) -> Mapping[str, Any]:
    """Describe the body of an error that the contract describes without one."""
    if code[0] not in "45" or "content" in response or "$ref" in response:
        return response
    return {**response, "content": PROBLEM}


def _further(one: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the statuses that the service has beyond those of the contract."""
    contract = one["contract"]
    promised = contract.get("responses", {})
    codes = [501] if one["action"] == "unanswered" else []
    if "requestBody" in contract:
        codes += [400, 413, 415, 422]
    if contract.get("parameters"):
        codes.append(422)
    if one["action"] in ("get", "replace", "update", "delete"):
        codes.append(404)
    if one["action"] == "create":
        codes += [400, 409]
    has_form = "content" in promised.get("default", {})
    known: dict[str, Any] = {
        str(code): {"description": HTTPStatus(code).phrase, "content": PROBLEM}
        for code in sorted(set(codes))
        if str(code) not in promised and f"{code // 100}XX" not in promised and not has_form
    }
    if not any(code[0] == "2" for code in promised) and one["action"] != "unanswered":
        known[str(one["success"])] = {"description": HTTPStatus(one["success"]).phrase}
    return known


def install(app: FastAPI, router: APIRouter) -> None:
    """Show the contract of what a router serves at `/openapi.json`."""

    def openapi() -> dict[str, Any]:
        return document(frozenset(getattr(route, "name", "") for route in router.routes))

    app.openapi = openapi  # type: ignore[method-assign]


def chosen(query: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the query parameters that were sent, by the fields they name."""
    return {field: query[name] for name, field in names.items() if name in query}


def number(query: Mapping[str, Any], name: str, usual: int, maximum: int = 2**31) -> int:
    """Return a query parameter as a whole number that a page can have."""
    return max(0, min(int(query.get(name, usual)), maximum))


def beforehand(name: str) -> dict[str, Any]:
    """Return what a new document has before the request says anything."""
    values = dict(OPERATIONS[name]["beforehand"]["values"])
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {**values, **dict.fromkeys(OPERATIONS[name]["beforehand"]["moments"], now)}
