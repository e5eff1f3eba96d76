"""No secret gets out, paths lead where they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.review.values import HIDDEN, UNKNOWN, at, clean, differences, parsed, written

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
PARTS = st.lists(
    st.one_of(st.text(min_size=1), st.text('a.[]"\\', min_size=1), st.integers(0, 99)), min_size=1, max_size=5
)


@pytest.mark.parametrize(
    "inputs",
    [
        {"a": SECRET},
        {"a": "[secret]"},
        {"masterPassword": "hunter2"},
        {"auth": {"accessToken": "hunter2"}},
        {"stringData": {"any": "hunter2"}, "kind": "Secret"},
        {"data": {"any": "hunter2"}, "kind": "Secret"},
        {"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]},
        {"uri": "postgresql://mlflow:hunter2@database:5432/mlflow"},
        {"kubeconfig": "hunter2"},
    ],
)
def test_a_secret_is_hidden_by_its_mark_by_its_name_or_by_its_place(inputs: dict[str, object]) -> None:
    text = repr(clean(inputs))
    assert "hunter2" not in text
    assert "(secret)" in text


def test_what_is_no_secret_stays_readable() -> None:
    inputs = {"secretName": "database", "data": {"a": "1"}, "automountServiceAccountToken": False, "keys": 3}
    assert clean(inputs | {"kind": "ConfigMap"}) == inputs | {"kind": "ConfigMap"}


def test_unknown_values_are_named_and_the_engines_own_keys_dropped() -> None:
    found = clean({"arn": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "__defaults": []})
    assert found == {"arn": UNKNOWN}
    assert repr(UNKNOWN) == "(known after the update)"


def test_a_path_ends_where_a_secret_begins() -> None:
    assert at({"password": HIDDEN}, ("password", "value")) == (("password",), HIDDEN)
    assert at({"a": [1]}, ("a", 1)) == (("a", 1), None)


@given(PARTS)
def test_a_written_path_is_parsed_back(parts: list[str | int]) -> None:
    assert parsed(written(tuple(parts))) == tuple(parts)


@given(st.recursive(st.none() | st.integers(), lambda each: st.lists(each) | st.dictionaries(st.text("ab"), each)))
def test_a_value_does_not_differ_from_itself(value: object) -> None:
    assert list(differences(value, value)) == []
