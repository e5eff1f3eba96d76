"""What the server says of itself is valid, and true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from jobs.bundle.scorer import Scorer
from jobs.datasets.table import Table
from jobs.serving.routes import ROUTES
from jobs.training.experiment import Trained
from tests.jobs.serving.server import Server
from tests.support.cases import cases


@pytest.fixture
def described(ready: Server) -> dict[str, Any]:
    answer = ready.request("GET", "/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_description_is_valid_and_has_every_route_with_its_method(described: dict[str, Any]) -> None:
    validate(described, cls=OpenAPIV31SpecValidator)
    assert described["openapi"].startswith("3.1.")
    assert {path: method.upper() for path, one in described["paths"].items() for method in one} == ROUTES


def test_it_is_of_the_model_that_is_served(described: dict[str, Any], scorer: Scorer) -> None:
    record = described["components"]["schemas"]["Record"]
    assert record["required"] == list(scorer.manifest.features.names)
    assert record["properties"]["total_charges"]["type"] == ["number", "null"]
    assert record["properties"]["tenure"]["type"] == "number"
    assert "Two year" in record["properties"]["contract"]["examples"]
    assert described["info"]["version"] == "1"


def test_what_the_gateway_adds_is_said_where_it_lets_requests_through(described: dict[str, Any]) -> None:
    """A client that is generated of it sends the gateway's key, and knows its refusals."""
    (scheme,) = described["components"]["securitySchemes"].items()
    assert (scheme[0], scheme[1]["in"], scheme[1]["name"]) == ("gateway", "header", "x-api-key")
    for path, method in (("/predict", "post"), ("/version", "get"), ("/openapi.json", "get")):
        assert {"gateway": []} in described["paths"][path][method]["security"]
    assert {"401", "429", "504"} <= described["paths"]["/predict"]["post"]["responses"].keys()


def test_without_a_model_there_is_nothing_to_describe(server: Server) -> None:
    assert server.request("GET", "/openapi.json").status_code == 503


def test_every_row_of_the_real_table_fits_the_description(described: dict[str, Any], telco: Table) -> None:
    """By the same rules as the description has for clients."""
    from openapi_schema_validator import OAS31Validator

    schema = {"$ref": "#/components/schemas/Record", "components": described["components"]}
    validator = OAS31Validator(schema)
    assert all(validator.is_valid(record) for record in telco.records(range(0, telco.rows, 50)))
    assert not validator.is_valid({**telco.record(0), "tenure": "many"})


def test_generated_requests_get_what_the_description_says_and_never_5xx(trained: list[Trained], tmp_path: Path) -> None:
    """`make serving-cases` sends 10,000 of them."""
    server = Server(max_rows=5)
    server.registry.name(trained[0], "1", tmp_path)
    assert server.holder.refresh()
    server.start()
    try:
        found = cases(server.url, 5, tmp_path)
    finally:
        server.stop()
    assert not found.failed, found.failed
    assert found.sent > 300
    assert 'status="500"' not in server.metrics.text().decode()
