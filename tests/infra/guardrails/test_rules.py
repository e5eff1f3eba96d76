"""Each rule refuses what it is there for, and says what to change."""

from dataclasses import replace
from typing import Any

import pytest

from infra.guardrails.rules import RULES, STACK_RULES
from infra.guardrails.rules import aws as types
from infra.guardrails.rules.firewalls import everywhere
from infra.guardrails.rules.images import moves
from infra.guardrails.rules.namespaces import every_namespace_denies_by_default
from infra.guardrails.rules.rule import UNKNOWN, Object
from infra.guardrails.rules.secrets import sounds_secret
from infra.guardrails.rules.statements import statements
from infra.guardrails.rules.transport import messages_demand_tls
from tests.infra.guardrails.broken import Broken, broken, spoiled
from tests.infra.guardrails.broken_aws import broken_aws
from tests.infra.guardrails.broken_stacks import BrokenStack, broken_stacks
from tests.infra.guardrails.objects import objects, without
from tests.support.stack import stack

BROKEN = [*broken(), *broken_aws()]
BROKEN_STACKS = list(broken_stacks())
BY_NAME = {rule.name: rule for rule in RULES}


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case.rule}: {case.what}")
def test_a_rule_refuses_what_breaks_it_and_names_what_to_change(case: Broken) -> None:
    complaints = list(BY_NAME[case.rule].check(case.object))

    assert len(complaints) == 1
    assert case.word in complaints[0]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case.rule}: {case.what}")
def test_what_breaks_one_rule_breaks_no_other(case: Broken) -> None:
    assert [rule.name for rule in RULES if list(rule.check(case.object))] == [case.rule]


def test_every_rule_has_something_that_breaks_it() -> None:
    assert {case.rule for case in BROKEN} == set(BY_NAME)


@pytest.mark.parametrize("case", BROKEN_STACKS, ids=lambda case: f"{case.rule}: {case.what}")
def test_a_stack_breaks_one_rule_and_the_complaint_is_about_what_lacks_something(case: BrokenStack) -> None:
    found = {rule.name: {it.type for it, _ in rule.check(case.stack)} for rule in STACK_RULES}

    assert {name: about for name, about in found.items() if about} == {case.rule: {case.about}}


def test_every_rule_about_a_stack_has_something_that_breaks_it() -> None:
    tested = {case.rule for case in BROKEN_STACKS} | {every_namespace_denies_by_default.name}

    assert tested == {rule.name for rule in STACK_RULES}


def test_a_namespace_without_a_policy_that_denies_is_named() -> None:
    policies = ("NetworkPolicy", "ml-serving", "default-deny")
    without = [it for it in objects("local") if (it.kind, *_place(it)) != policies]

    assert [it.name for it, _ in every_namespace_denies_by_default.check(without)] == ["ml-serving"]


def _place(it: Object) -> tuple[Any, Any]:
    metadata = it.props.get("metadata") or {}
    return metadata.get("namespace"), metadata.get("name")


def test_nothing_is_said_of_a_namespace_in_a_cluster_that_is_still_to_be_made() -> None:
    unknown = replace(spoiled("Namespace", "ml-serving", lambda _: None), props={})

    assert list(every_namespace_denies_by_default.check([unknown])) == []


def test_a_policy_for_some_pods_or_with_an_opening_does_not_close_a_namespace() -> None:
    namespace = spoiled("Namespace", "ml-serving", lambda _: None)
    deny = stack().one("NetworkPolicy", "ml-serving-default-deny")

    def change(spec: dict[str, Any]) -> list[str]:
        policy = Object(deny.type, deny.name, {**deny.inputs, "spec": {**deny.inputs["spec"], **spec}})
        return [it.name for it, _ in every_namespace_denies_by_default.check([namespace, policy])]

    assert change({}) == []
    assert change({"podSelector": {"matchLabels": {"app": "x"}}}) == ["ml-serving"]
    assert change({"policyTypes": ["Ingress"]}) == ["ml-serving"]
    assert change({"egress": [{}]}) == ["ml-serving"]


def test_a_policy_that_aws_may_have_filled_in_is_none_of_ours() -> None:
    stack = [
        replace(it, props={**it.props, "policy": UNKNOWN}) if it.type == types.TOPIC else it
        for it in without(types.TOPIC_POLICY)
    ]

    assert {it.type for it, _ in messages_demand_tls.check(stack)} == {types.TOPIC}


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '"text"', "{}", '{"Statement": "x"}', '{"Statement": [1]}'])
def test_a_policy_that_is_none_ends_no_rule(text: str) -> None:
    assert statements(text) == []


def test_a_range_that_is_none_ends_no_rule() -> None:
    assert not everywhere("somewhere")


def test_an_internal_load_balancer_is_allowed() -> None:
    def internal(inputs: dict[str, Any]) -> None:
        inputs["spec"]["type"] = "LoadBalancer"
        inputs["metadata"]["annotations"] = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}

    service = spoiled("Service", "gateway", internal)

    assert list(BY_NAME["load-balancers-are-internal"].check(service)) == []


def test_a_job_needs_no_probes() -> None:
    cron_job = spoiled("CronJob", "drift-check", lambda _: None)

    assert list(BY_NAME["servers-have-probes"].check(cron_job)) == []


@pytest.mark.parametrize("image", ["a", "a:latest", "host:5000/a", "host:5000/a:latest", ""])
def test_an_image_moves_without_a_fixed_tag(image: str) -> None:
    assert moves(image)


@pytest.mark.parametrize("image", ["a:1", "host:5000/a:1", f"a@sha256:{'0' * 64}", f"a:latest@sha256:{'0' * 64}"])
def test_an_image_stays_with_a_tag_or_a_digest(image: str) -> None:
    assert not moves(image)


@pytest.mark.parametrize("name", ["DB_PASSWORD", "apiToken", "tls-private-key", "AWS_ACCESS_KEY_ID", "passwd"])
def test_a_name_sounds_secret(name: str) -> None:
    assert sounds_secret(name)


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD_FILE", "SECRET_NAME", "TOKEN_URL", "PGUSER", "rules.yaml", "pg_hba.conf"]
)
def test_the_place_of_a_secret_does_not_sound_secret(name: str) -> None:
    assert not sounds_secret(name)
