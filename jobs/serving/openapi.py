"""The description of the server, as OpenAPI 3.1, of the model that it serves. Pure."""

from __future__ import annotations

from typing import Any

from jobs.features.row import FLOAT32_MAX
from jobs.features.spec import Feature, NumericFeature
from jobs.serving.answer import CSV, JSON
from jobs.serving.request_id import PATTERN
from jobs.serving.served import Served
from jobs.serving.settings import ServingSettings

Schema = dict[str, Any]
# The second: the server itself, without a gateway.
KEY: list[Schema] = [{"gateway": []}, {}]


def openapi(served: Served, settings: ServingSettings) -> dict[str, Any]:
    """Every route with every answer."""
    champion, manifest = served.champion, served.scorer.manifest
    features = manifest.features.features
    paths: dict[str, Any] = {
        "/predict": {"post": _predict("Predict rows", (JSON,), (JSON,), settings)},
        "/invocations": {"post": _predict("Predict rows, as SageMaker asks", (JSON, CSV), (JSON, CSV), settings)},
        "/health": {"get": _get("Whether the process lives", "State")},
        "/ready": {"get": _get("Whether a verified model is served and requests are welcome", "State", 503)},
        "/ping": {"get": _get("As `/ready`, for SageMaker", "State", 503)},
        "/version": {"get": _get("The model that is served", "Version", 503) | {"security": KEY}},
        "/openapi.json": {"get": _get("This description", None, 503) | {"security": KEY}},
    }
    if settings.metrics:
        text = {"text/plain": {"schema": {"type": "string"}}}
        paths["/metrics"] = {
            "get": {"summary": "Metrics", "responses": {"200": {"description": "Prometheus' text", "content": text}}}
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": champion.model, "version": champion.version,
            "description": f"{manifest.estimator}, digest {champion.digest}. Other fields of a row are ignored; text "
            "that training has not seen counts as none of the known.",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(features, settings.max_rows, (manifest.negative, manifest.positive)),
            "securitySchemes": {
                "gateway": {
                    "type": "apiKey", "in": "header", "name": "x-api-key",
                    "description": "The platform's gateway wants it; the server itself does not.",
                }
            },
        },
    }  # fmt: skip


def _schemas(features: tuple[Feature, ...], rows: int, labels: tuple[str, str]) -> dict[str, Schema]:
    names = [feature.name for feature in features]
    many = {"type": "array", "minItems": 1, "maxItems": rows}
    values = {feature.name: _value(feature) for feature in features}
    record = {"type": "object", "properties": values, "required": names}
    columns = {name: {**many, "items": value} for name, value in values.items()}
    text = {"type": "string"}
    return {
        "Record": record,
        "Rows": {
            "description": "Exactly one of both.",
            "oneOf": [
                _object({"records": {**many, "items": {"$ref": "#/components/schemas/Record"}}}),
                _object({"columns": {"type": "object", "properties": columns, "required": names}}),
            ],
        },
        "Predictions": _object(
            {
                "predictions": {**many, "items": _object({
                    "probability": {"type": "number", "minimum": 0, "maximum": 1},
                    "label": {"enum": list(labels)},
                })},
                "model": text, "version": text,
            }
        ),
        "State": {
            "type": "object", "required": ["status"],
            "properties": dict.fromkeys(("status", "reason", "problem", "model", "version"), text),
        },
        "Version": {
            "type": "object", "required": ["model", "version", "digest", "estimator", "threshold"],
            "properties": {
                **dict.fromkeys(("model", "version", "digest", "estimator", "dataSha256"), text),
                "threshold": {"type": "number"},
                "libraries": {"type": "object", "additionalProperties": text},
            },
        },
        "Error": _object(
            {
                "error": {
                    "type": "object", "required": ["message"],
                    "properties": {
                        "message": text, "field": text, "row": {"type": "integer", "minimum": 1},
                        "given": {"type": ["string", "number", "boolean"]}, "allowed": {"type": ["string", "array"]},
                    },
                }
            }
        ),
    }  # fmt: skip


def _value(feature: Feature) -> Schema:
    if isinstance(feature, NumericFeature):
        kind: Schema = {"type": "number", "minimum": -FLOAT32_MAX, "maximum": FLOAT32_MAX}
    else:
        kind = {"type": "string", "examples": sorted(feature.categories)}
    return {**kind, "type": [kind["type"], "null"]} if feature.nullable else kind


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _predict(summary: str, takes: tuple[str, ...], gives: tuple[str, ...], settings: ServingSettings) -> Schema:
    schema = {JSON: {"$ref": "#/components/schemas/Rows"}, CSV: {"type": "string"}}
    answer = {JSON: {"$ref": "#/components/schemas/Predictions"}, CSV: {"type": "string"}}
    refused = {
        400: "no such JSON or CSV, or no rows", 408: "the request did not come in time",
        413: f"more than {settings.max_body_bytes} bytes or {settings.max_rows} rows",
        415: "another content type", 422: "a value that the features do not allow",
        503: "no model, or more work than the server takes; see retry-after",
        401: "the gateway: no key, or a wrong one", 429: "the gateway: more requests than it lets in; see retry-after",
        504: "the gateway: no answer in time",
    }  # fmt: skip
    identity = {
        "name": "x-request-id", "in": "header", "schema": {"type": "string"},
        "description": f"{PATTERN} comes back, and is the id in the inference log; anything else is replaced",
    }  # fmt: skip
    return {
        "summary": summary,
        "parameters": [identity],
        "requestBody": {"required": True, "content": {kind: {"schema": schema[kind]} for kind in takes}},
        "responses": {
            "200": {
                "description": "A prediction for each row, in their order",
                "headers": {"x-request-id": {"schema": {"type": "string"}}},
                "content": {kind: {"schema": answer[kind]} for kind in gives},
            },
            **{str(status): _error(why) for status, why in sorted(refused.items())},
        },
        "security": KEY,
    }


def _get(summary: str, schema: str | None, *others: int) -> Schema:
    reference: Schema = {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}
    content = {JSON: {"schema": reference}}
    state = {JSON: {"schema": {"$ref": "#/components/schemas/State"}}}
    responses: Schema = {"200": {"description": "Yes", "content": content}}
    responses |= {str(status): {"description": "Not now", "content": state} for status in others}
    return {"summary": summary, "responses": responses}


def _error(why: str) -> Schema:
    return {"description": why, "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}
