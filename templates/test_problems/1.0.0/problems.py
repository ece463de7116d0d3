"""What every error response looks like."""

from httpx import Response


def assert_problem(response: Response, status: int) -> None:
    """Check that the response is a problem (RFC 9457) with this status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["detail"]
    assert bool(body["errors"]) == (status == 422)
