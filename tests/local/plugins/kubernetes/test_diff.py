from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.plugins.changes import Change, changes
from local.plugins.kubernetes.diff import plan
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.naming import with_name
from local.plugins.values import UNKNOWN

TREES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
CONFIG_MAP = Kind("v1", "ConfigMap")


@given(TREES)
def test_nothing_differs_from_itself(tree: Any) -> None:
    assert list(changes(tree, tree)) == []


@given(TREES, TREES)
def test_there_is_a_change_exactly_when_the_values_differ(old: Any, new: Any) -> None:
    differ = repr(old) != repr(new) and (type(old) is not type(new) or old != new or _mixes_types(old, new))
    assert bool(list(changes(old, new))) == differ


def _mixes_types(old: Any, new: Any) -> bool:
    """True == 1 in Python, not in YAML."""
    return repr(_sorted(old)) != repr(_sorted(new))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _sorted(value[key])) for key in sorted(value)]
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def test_each_field_is_named_with_what_happens_to_it() -> None:
    old = {"spec": {"gone": 1, "same": [1], "list": ["a"]}}
    new = {"spec": {"same": [1], "list": ["b", "c"], "added": {}}}
    assert dict(changes(old, new)) == {
        ("spec", "gone"): Change.DELETE,
        ("spec", "list", 0): Change.UPDATE,
        ("spec", "list", 1): Change.ADD,
        ("spec", "added"): Change.ADD,
    }


def test_a_value_that_is_not_known_yet_counts_as_changed() -> None:
    assert dict(changes({"data": "a"}, {"data": UNKNOWN})) == {("data",): Change.UPDATE}


def replacement_of(new: dict[str, Any], old: dict[str, Any]) -> bool:
    return plan(CONFIG_MAP, old, new, {}, imported=False).delete_first


def test_an_auto_named_object_is_replaced_side_by_side() -> None:
    old = with_name({"data": {"k": "a"}}, {}, "settings", b"1")
    assert not replacement_of(with_name({"data": {"k": "b"}}, old, "settings", b"2"), old)


def test_an_object_with_a_fixed_name_is_deleted_before_its_replacement() -> None:
    named = {"metadata": {"name": "settings", "namespace": "a"}}
    assert replacement_of({**named, "data": {"k": "b"}}, {**named, "data": {"k": "a"}})


def test_a_service_with_a_node_port_goes_first_because_ports_cannot_be_shared() -> None:
    old = with_name({"spec": {"clusterIP": "None", "ports": [{"port": 1, "nodePort": 30000}]}}, {}, "web", b"1")
    new = with_name({"spec": {"ports": [{"port": 1, "nodePort": 30000}]}}, old, "web", b"2")
    assert plan(Kind("v1", "Service"), old, new, {}, imported=False).delete_first


def test_an_imported_object_keeps_the_fields_the_program_does_not_name() -> None:
    live = {"metadata": {"name": "a", "uid": "1"}, "spec": {"replicas": 1, "paused": False}}
    new = {"metadata": {"name": "a"}, "spec": {"replicas": 1}}
    assert plan(Kind("apps/v1", "Deployment"), live, new, live, imported=True).changes == {}


def test_a_failed_job_is_replaced_if_it_asks_for_it() -> None:
    job = {"metadata": {"name": "a", "annotations": {"pulumi.com/replaceUnready": "true"}}, "spec": {}}
    failed = {"status": {"conditions": [{"type": "Failed", "status": "True"}]}}
    kind = Kind("batch/v1", "Job")
    assert plan(kind, job, job, failed, imported=False).replacements
    assert not plan(kind, job, job, {"status": {}}, imported=False).replacements
