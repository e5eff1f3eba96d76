"""Each rule refuses what it is there for, and says what to change."""

from typing import Any

import pytest

from infra.guardrails.rules import RULES, STACK_RULES
from infra.guardrails.rules.images import moves
from infra.guardrails.rules.rule import Object
from infra.guardrails.rules.secrets import sounds_secret
from tests.infra.guardrails.broken import Broken, broken, spoiled
from tests.support.stack import stack

BROKEN = list(broken())
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


def test_a_namespace_without_a_policy_that_denies_is_named() -> None:
    (rule,) = STACK_RULES
    without = [
        Object(one.type, one.name, one.inputs)
        for one in stack().resources
        if not (one.kind == "NetworkPolicy" and one.namespace == "ml-serving" and one.object_name == "default-deny")
    ]

    assert [name for name, _ in rule.check(without)] == ["ml-serving"]


def test_a_policy_for_some_pods_or_with_an_opening_does_not_close_a_namespace() -> None:
    (rule,) = STACK_RULES
    namespace = spoiled("Namespace", "ml-serving", lambda _: None)
    deny = stack().one("NetworkPolicy", "ml-serving-default-deny")

    def change(spec: dict[str, Any]) -> list[str]:
        policy = Object(deny.type, deny.name, {**deny.inputs, "spec": {**deny.inputs["spec"], **spec}})
        return [name for name, _ in rule.check([namespace, policy])]

    assert change({}) == []
    assert change({"podSelector": {"matchLabels": {"app": "x"}}}) == ["ml-serving"]
    assert change({"policyTypes": ["Ingress"]}) == ["ml-serving"]
    assert change({"egress": [{}]}) == ["ml-serving"]


def test_an_internal_load_balancer_is_allowed() -> None:
    def internal(inputs: dict[str, Any]) -> None:
        inputs["spec"]["type"] = "LoadBalancer"
        inputs["metadata"]["annotations"] = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}

    service = spoiled("Service", "model-server", internal)

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
