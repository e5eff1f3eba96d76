"""What there is to ask for. Pure."""

from __future__ import annotations

from jobs.serving.answer import CSV, JSON
from jobs.serving.body import Refusal

ROUTES = {
    "/predict": "POST", "/health": "GET", "/ready": "GET", "/metrics": "GET", "/version": "GET", "/openapi.json": "GET",
    # SageMaker's contract.
    "/ping": "GET", "/invocations": "POST",
}  # fmt: skip
# What a body may be, by route.
KINDS: dict[str, tuple[str, ...]] = {"/predict": (JSON,), "/invocations": (JSON, CSV)}


def check_route(path: str, method: str) -> None:
    """Raises Refusal 404, 405; a refused method's `allowed` is the one that is."""
    allowed = ROUTES.get(path)
    if allowed is None:
        raise Refusal(404, "no such route", given=path, allowed=sorted(ROUTES))
    if method != allowed and not (method == "HEAD" and allowed == "GET"):
        raise Refusal(405, "the method is not allowed here", given=method, allowed=allowed)
