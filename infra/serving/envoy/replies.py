"""What the gateway itself answers, in the shape of the model server: `{"error": {"message": …}}`. Pure."""

from collections.abc import Mapping
from typing import Any

from infra.settings.gateway import GatewaySettings

REQUEST_ID = "x-request-id"


def replies(settings: GatewaySettings) -> dict[str, Any]:
    """The first entry that fits is used."""
    said = [
        (_is(401), "the API key is missing or not known: send one in the header x-api-key"),
        (_is(404), "no such path: POST /predict, GET /version, /openapi.json, /ready or /health"),
        (_is(408), f"the request did not arrive within {settings.timeout_seconds} s"),
        (_is(413), f"the body is larger than {settings.max_body_bytes} bytes: send fewer rows at once"),
        (_is(429), "too many requests: wait as long as the header retry-after says"),
        (_flagged("UH"), "no model server is ready"),
        (_flagged("UO"), "too many requests are being answered: send this one again later"),
        (_flagged("UF", "UC"), "the model servers cannot be reached"),
        (_is(503), "the gateway is overloaded: send the request again later"),
        (_is(504), f"no model server answered within {settings.timeout_seconds} s"),
    ]
    return {
        "mappers": [
            {
                "filter": condition,
                "body": {"inline_string": message},
                "headers_to_add": [{"header": {"key": REQUEST_ID, "value": f"%REQ({REQUEST_ID})%"}}],
            }
            for condition, message in said
        ],
        "body_format": {"json_format": {"error": {"message": "%LOCAL_REPLY_BODY%"}}},
    }


def _is(status: int) -> Mapping[str, Any]:
    value = {"default_value": status, "runtime_key": f"gateway.reply.{status}"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _flagged(*flags: str) -> Mapping[str, Any]:
    return {"response_flag_filter": {"flags": list(flags)}}
