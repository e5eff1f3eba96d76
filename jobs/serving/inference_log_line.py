"""Answered requests → lines of the inference log. Pure.

An object is JSON lines: first the model, `{"model", "version", "digest", "labels", "features": {name: kind}}`, which
holds until the next such line; then a line for each request, `{"time", "request", "given", "answer"}`. `labels` are the
negative and the positive one. `given` and `answer` are the bodies as they were (CSV: as text), because they are JSON
already: nothing is parsed or written anew in the server. Prediction n of a request (from 1) has the id `<request>/<n>`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from jobs.features.spec import FeatureSpec, NumericFeature
from jobs.serving.answer import JSON
from jobs.serving.served import Served


class Entry(NamedTuple):
    """One answered request; `time` in seconds since 1970; the answer to a `shadow` went to nobody."""

    time: float
    request: str
    served: Served
    content_type: str
    body: bytes
    answer_type: str
    answer: bytes
    rows: int
    shadow: bool = False


def lines(entries: Iterable[Entry]) -> bytes:
    """Entries in their order → JSON lines."""
    parts: list[bytes] = []
    served: Served | None = None
    for one in entries:
        if one.served is not served:
            served = one.served
            parts.append(_model(served))
        time = datetime.fromtimestamp(one.time, UTC).isoformat(timespec="milliseconds")
        parts.append(
            b'{"time":"%s","request":%s,"given":%s,"answer":%s}\n'
            % (time.encode(), json.dumps(one.request).encode(), _value(one.content_type, one.body),
               _value(one.answer_type, one.answer))
        )  # fmt: skip
    return b"".join(parts)


def kinds(features: FeatureSpec) -> dict[str, str]:
    """Name → numeric or categorical."""
    return {
        one.name: "numeric" if isinstance(one, NumericFeature) else "categorical" for one in features.features
    }  # fmt: skip


def _model(served: Served) -> bytes:
    champion, manifest = served.champion, served.scorer.manifest
    return json.dumps(
        {
            "model": champion.model, "version": champion.version, "digest": champion.digest,
            "labels": [manifest.negative, manifest.positive], "features": kinds(manifest.features),
        }
    ).encode() + b"\n"  # fmt: skip


def _value(content_type: str, body: bytes) -> bytes:
    """A body as a JSON value on one line."""
    if content_type != JSON:
        return json.dumps(body.decode("utf-8-sig", "replace")).encode()
    encoding = json.detect_encoding(body)
    if encoding != "utf-8":
        body = body.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    # In JSON a line break is only ever space between values: inside text it is written as \n.
    return body.replace(b"\n", b" ").replace(b"\r", b" ")
