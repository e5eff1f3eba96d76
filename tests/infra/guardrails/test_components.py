"""What our components register breaks no rule."""

import pytest

from infra.guardrails.rules import RULES, STACK_RULES
from infra.guardrails.rules.rule import Rule, StackRule
from tests.infra.guardrails.objects import STACKS, objects


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_resource_of_the_stack_breaks_the_rule(rule: Rule, stack: str) -> None:
    complaints = {it.name: found for it in objects(stack) if (found := list(rule.check(it)))}

    assert complaints == {}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("rule", STACK_RULES, ids=lambda rule: rule.name)
def test_the_stack_as_a_whole_breaks_no_rule(rule: StackRule, stack: str) -> None:
    assert list(rule.check(objects(stack))) == []


def test_rules_see_the_pods_of_every_kind_that_makes_pods() -> None:
    kinds = {it.kind for it in objects("local") if it.containers}

    assert kinds == {"Deployment", "StatefulSet", "Job", "CronJob", "PodTemplate"}


def test_names_of_rules_are_unique() -> None:
    names = [rule.name for rule in RULES] + [rule.name for rule in STACK_RULES]

    assert sorted(set(names)) == sorted(names)
