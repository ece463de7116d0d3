"""What all operations have in common: health, metrics, request ids, errors, OpenAPI."""

import asyncio
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from httpx import AsyncClient

from src.core.entity import new_id
from tests.problems import assert_problem


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/openapi.json"])
async def test_answers(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


async def test_metrics_count_by_route(client: AsyncClient) -> None:
    await client.get("/health")
    text = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/health",status="200"}' in text


async def test_keeps_a_request_id(client: AsyncClient) -> None:
    response = await client.get("/health", headers={"X-Request-ID": "abc-1"})
    assert response.headers["X-Request-ID"] == "abc-1"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129])
async def test_replaces_a_bad_request_id(client: AsyncClient, sent: str) -> None:
    response = await client.get("/health", headers={"X-Request-ID": sent})
    assert UUID(response.headers["X-Request-ID"]).version == 4


async def test_unknown_path(client: AsyncClient) -> None:
    assert_problem(await client.get("/no/such/path"), 404)


async def test_unknown_method_names_the_known_ones(client: AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    for path, methods in paths.items():
        url = path.replace("{", "").replace("}", "")
        response = await client.request("TRACE", url)
        assert_problem(response, 405)
        assert {name.lower() for name in response.headers["Allow"].split(", ")} == set(methods)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff",
        b'{"\\ud800": "\\ud800"}',
        b'{"a": 1e999, "b": NaN}',
    ],
)
async def test_no_body_breaks_an_operation(client: AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    paths = (await client.get("/openapi.json")).json()["paths"]
    for path, methods in paths.items():
        for method in (name for name, operation in methods.items() if "requestBody" in operation):
            url = path.replace("{", "").replace("}", "")
            response = await client.request(method, url, content=body, headers=headers)
            assert_problem(response, response.status_code)
            assert response.status_code in {400, 422}


async def test_migrations_match_the_models(database: None) -> None:  # noqa: ARG001 (it must exist)
    await asyncio.to_thread(command.check, Config("alembic.ini"))


def test_ids_are_ordered() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert ids == sorted(set(ids))
    assert {ident.version for ident in ids} == {7}
