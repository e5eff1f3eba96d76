from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.plugins.paths import MISSING, drop, get, leaves, matching, parse, text

STEPS = st.one_of(st.integers(0, 20), st.text(min_size=1).filter(lambda key: key != "*"))
TREES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(min_size=1), inner)),
)


@given(st.lists(STEPS, min_size=1).filter(lambda steps: isinstance(steps[0], str)))
def test_a_path_survives_its_notation(steps: list[str | int]) -> None:
    assert parse(text(tuple(steps))) == tuple(steps)


def test_notation_is_the_one_of_pulumi() -> None:
    assert text(("spec", "ports", 0, "name")) == "spec.ports[0].name"
    assert text(("metadata", "annotations", "pulumi.com/skipAwait")) == 'metadata.annotations["pulumi.com/skipAwait"]'


@given(TREES)
def test_every_leaf_is_found_again_at_its_path(tree: Any) -> None:
    assert all(get(tree, path) == value for path, value in leaves(tree))


def test_a_star_stands_for_every_child() -> None:
    pod = {"containers": [{"image": "a"}, {"image": "b"}, {"name": "c"}]}
    assert matching(pod, parse("containers[*].image")) == [("containers", 0, "image"), ("containers", 1, "image")]


def test_a_place_beside_the_tree_is_missing_and_can_be_dropped_without_effect() -> None:
    tree = {"a": [1]}
    drop(tree, ("a", 5))
    drop(tree, ("b", "c"))
    assert tree == {"a": [1]}
    assert get(tree, ("a", 5)) is MISSING
