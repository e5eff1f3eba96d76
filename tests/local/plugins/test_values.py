from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.plugins.paths import leaves
from local.plugins.values import UNKNOWN, File, contains_unknown, decode, encode

SCALARS = st.one_of(st.booleans(), st.integers(-(2**50), 2**50), st.text(), st.just(UNKNOWN))
NAMES = st.text(min_size=1, max_size=4)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, TREES, max_size=5)


@given(OBJECTS, st.data())
def test_values_and_their_secretness_survive_the_wire(tree: dict[str, Any], data: st.DataObject) -> None:
    places = [path for path, _value in leaves(tree) if path]
    secret = data.draw(st.sets(st.sampled_from(places))) if places else set()
    back = decode(encode(tree, secret))
    assert back.value == tree
    assert set(back.secrets) == secret


def test_whole_numbers_come_back_as_ints_because_kubernetes_refuses_floats() -> None:
    replicas = decode(encode({"replicas": 3.0})).value["replicas"]
    assert (replicas, type(replicas)) == (3, int)


def test_a_null_means_not_given() -> None:
    assert decode(encode({"a": None, "b": {"c": None}})).value == {"b": {}}


def test_a_secret_inside_a_secret_is_wrapped_once() -> None:
    back = decode(encode({"data": {"key": "value"}}, {("data",), ("data", "key")}))
    assert back.secrets == {("data",)}


def test_an_unknown_is_seen_at_any_depth() -> None:
    assert contains_unknown({"a": [{"b": UNKNOWN}]})
    assert not contains_unknown({"a": [{"b": "known"}]})


def test_an_archive_survives_the_wire_and_is_compared_by_its_content() -> None:
    member = File(digest="d1", is_archive=False, text="print()")
    code = File(digest="d2", is_archive=True, members={"main.py": member})
    back = decode(encode({"code": code})).value["code"]
    assert back.members == {"main.py": member}
    assert back == File(digest="d2", is_archive=True, path="elsewhere")
