"""A preview does not know everything: rules say nothing about that, and are never the reason a preview ends."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from infra.guardrails.engine import known
from infra.guardrails.rules import RULES, STACK_RULES
from infra.guardrails.rules import aws as types
from infra.guardrails.rules.rule import UNKNOWN, Object
from tests.infra.guardrails.objects import aws, objects, one_of_each

OF_EACH_KIND = list({it.kind: it for it in objects("local") if it.kind}.values())


# What rules about a stack relate.
RELATED = (
    types.BUCKET, types.BUCKET_ACCESS, types.BUCKET_ENCRYPTION, types.BUCKET_LOCK, types.BUCKET_OWNERSHIP,
    types.BUCKET_POLICY, types.BUCKET_VERSIONS, types.NETWORK, types.DEFAULT_FIREWALL, types.FLOW_LOG, types.TOPIC,
    types.TOPIC_POLICY, types.QUEUE, types.QUEUE_POLICY, types.FUNCTION, types.MODEL,
)  # fmt: skip


def _places(tree: Any) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a tree that is not the tree itself."""
    inside = tree.items() if isinstance(tree, Mapping) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inside:
        yield (key,)
        yield from ((key, *rest) for rest in _places(value))


def _hidden(tree: Any, way: tuple[Any, ...]) -> Any:
    if not way:
        return UNKNOWN
    copy = dict(tree) if isinstance(tree, Mapping) else list(tree)
    copy[way[0]] = _hidden(tree[way[0]], way[1:])
    return copy


def _with_one_unknown(it: Object) -> Iterator[Object]:
    for way in _places(it.props):
        yield replace(it, props=_hidden(it.props, way))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_complains_about_nothing_that_is_not_known_yet(rule: Any) -> None:
    found = [(it.name, list(rule.check(part))) for it in one_of_each() for part in _with_one_unknown(it)]

    assert [one for one in found if one[1]] == []


@pytest.mark.parametrize("rule", STACK_RULES, ids=lambda rule: rule.name)
def test_a_rule_about_a_stack_complains_about_nothing_that_is_not_known_yet(rule: Any) -> None:
    related = [it for it in aws() if it.type in RELATED]
    found = [
        list(rule.check([part, *(it for it in related if it.urn != part.urn)]))
        for one in one_of_each()
        if one.type in RELATED
        for part in _with_one_unknown(one)
    ]

    assert [one for one in found if one] == []


@pytest.mark.parametrize("it", OF_EACH_KIND, ids=lambda it: it.kind)
def test_no_rule_ends_because_a_value_of_a_kubernetes_object_is_not_known_yet(it: Object) -> None:
    for part in _with_one_unknown(it):
        for rule in RULES:
            list(rule.check(part))


def test_the_sdk_raises_where_rules_read_unknown() -> None:
    props = unknown_checking_proxy({"a": [UNKNOWN_STRING_VALUE, {"b": UNKNOWN_STRING_VALUE}], "c": "d", "e": None})

    assert known(props) == {"a": [UNKNOWN, {"b": UNKNOWN}], "c": "d", "e": None}
