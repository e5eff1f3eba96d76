from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.plugins.kubernetes.drift import observe

# Larger trees say nothing more, and cost 25 s a test.
NAMES = st.text(min_size=1, max_size=4)
TREES = st.recursive(
    st.one_of(st.booleans(), st.integers(1), NAMES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4), st.dictionaries(NAMES, inner, min_size=1, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, TREES, max_size=5)


@given(OBJECTS, OBJECTS)
def test_without_an_edit_the_inputs_stay_whatever_the_server_made_of_them(
    inputs: dict[str, Any], live: dict[str, Any]
) -> None:
    if any(isinstance(value, list | dict) for value in inputs.values()):
        live = inputs
    assert observe(inputs, live, live) == inputs


@given(OBJECTS, OBJECTS)
def test_fields_we_did_not_set_never_enter_the_inputs(inputs: dict[str, Any], live: dict[str, Any]) -> None:
    assert observe(inputs, {}, live).keys() <= inputs.keys()


def test_an_edit_of_our_field_shows() -> None:
    assert observe({"replicas": 2}, {"replicas": 2}, {"replicas": 5}) == {"replicas": 5}


def test_a_value_the_server_writes_in_another_form_is_no_drift() -> None:
    seen = {"cpu": "1", "defaulted": True}
    assert observe({"cpu": "1000m"}, seen, seen) == {"cpu": "1000m"}


def test_a_removed_field_shows_as_removed() -> None:
    assert observe({"labels": {"a": "1", "b": "2"}}, {"labels": {"a": "1", "b": "2"}}, {"labels": {"a": "1"}}) == {
        "labels": {"a": "1"}
    }


def test_a_field_the_server_never_shows_is_kept() -> None:
    assert observe({"stringData": {"k": "v"}}, {}, {}) == {"stringData": {"k": "v"}}


def test_a_container_that_others_inject_does_not_shift_ours() -> None:
    ours = [{"name": "web", "image": "a"}]
    live = [{"name": "sidecar", "image": "s"}, {"name": "web", "image": "b"}]
    assert observe(ours, ours, live) == [{"name": "web", "image": "b"}]
