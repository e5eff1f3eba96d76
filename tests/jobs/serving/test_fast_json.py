"""The fast reader reads what the strict one reads, and refuses what it refuses, in its words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.serving.body import strict_json
from jobs.serving.fast_json import fast_json

values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def outcome(read: Any, body: bytes) -> object:
    """What was read, with its types; or the words of the refusal."""
    try:
        return repr(read(body))
    except (ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"


@given(values, st.booleans())
def test_every_value_is_read_alike(value: Any, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert outcome(fast_json, body) == outcome(strict_json, body)


@settings(max_examples=500)
@given(values, st.data())
def test_every_broken_body_is_refused_alike(value: Any, data: st.DataObject) -> None:
    body = bytearray(json.dumps({"records": [value]}).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(fast_json, bytes(body)) == outcome(strict_json, bytes(body))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"NaN", b"[1e999]", b"-0", b"[-0, -0.0]", b"1" * 400, b"1" * 5000, b'{"a":1,"a":2}', b'"\\ud800"',
        b"[" * 5000, b"\xef\xbb\xbf{}", '{"a": "é"}'.encode("utf-16"), b"1.0e5", b"18446744073709551616", b"0.1e-400",
        b" \n{} \t", b'"\x00"', b"01", b"[1,]", b"1 2",
    ],
)  # fmt: skip
def test_what_readers_of_json_disagree_on_is_read_as_the_standard_library_does(body: bytes) -> None:
    assert outcome(fast_json, body) == outcome(strict_json, body)
