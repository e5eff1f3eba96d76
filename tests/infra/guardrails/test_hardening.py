"""Each line of our components that hardens something is missed by a rule when it is gone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from infra.guardrails.rules import RULES, STACK_RULES, aws
from infra.guardrails.rules.rule import Object
from tests.infra.guardrails.hardening import LINES, WHOLE
from tests.infra.guardrails.mutation import Line
from tests.infra.guardrails.objects import STACKS, objects


@dataclass
class Missed:
    """What rules said when a line was taken away, wherever it stands in any stack."""

    places: int = 0
    unnoticed: list[str] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)

    def count(self, where: str, rules: set[str]) -> None:
        self.places += 1
        self.rules |= rules
        if not rules:
            self.unnoticed.append(where)


@cache
def without(line: Line) -> Missed:
    missed = Missed()
    for name in line.only:
        stack = objects(name)
        for it in stack:
            for changed in line.without(it):
                missed.count(f"{it.name} of {name}", complaining(changed, it, stack))
    return missed


def without_resources(wanted: Callable[[Object], bool]) -> Missed:
    """The same for whole resources, taken away one at a time."""
    missed = Missed()
    for name in STACKS:
        stack = objects(name)
        for it in filter(wanted, stack):
            rest = [each for each in stack if each is not it]
            missed.count(f"{it.name} of {name}", {rule.name for rule in STACK_RULES if list(rule.check(rest))})
    return missed


@cache
def without_whole(type_: str) -> Missed:
    # A lock without a rule locks nothing: it only waits for the stack to be kept.
    return without_resources(lambda it: it.type == type_ and (type_ != aws.BUCKET_LOCK or "rule" in it.props))


@cache
def without_denial() -> Missed:
    return without_resources(lambda it: it.kind == "NetworkPolicy" and it.name.endswith("default-deny"))


def complaining(changed: Object, it: Object, stack: Sequence[Object]) -> set[str]:
    """The rules that complain once `changed` stands in the place of `it`."""
    found = {rule.name for rule in RULES if list(rule.check(changed))}
    if not found:
        spoiled = [changed if each is it else each for each in stack]
        found = {rule.name for rule in STACK_RULES if list(rule.check(spoiled))}
    return found


@pytest.mark.parametrize("line", LINES, ids=str)
def test_a_hardening_line_that_is_gone_is_missed_wherever_it_stood(line: Line) -> None:
    missed = without(line)

    assert missed.unnoticed == []
    assert missed.places > 0, "no stack has this line: it can go from the list"


@pytest.mark.parametrize("type_", WHOLE)
def test_a_resource_that_only_hardens_is_missed_when_it_is_gone(type_: str) -> None:
    missed = without_whole(type_)

    assert missed.unnoticed == []
    assert missed.places > 0


@cache
def without_protection() -> Missed:
    missed = Missed()
    for it in objects("prod"):
        if it.protect and it.type.startswith("aws:"):
            missed.count(it.name, complaining(replace(it, protect=False), it, objects("prod")))
    return missed


def test_nothing_on_aws_that_the_engine_protects_loses_its_protection_unnoticed() -> None:
    assert without_protection().unnoticed == []
    assert without_protection().places > 0


def test_no_namespace_opens_unnoticed() -> None:
    assert without_denial().unnoticed == []
    assert without_denial().places > 0


def test_no_rule_is_idle() -> None:
    """Every rule guards something that one of our stacks really has."""
    found = {rule for line in LINES for rule in without(line).rules}
    found |= {rule for type_ in WHOLE for rule in without_whole(type_).rules}
    found |= without_protection().rules | without_denial().rules

    assert {each.name for each in RULES} | {each.name for each in STACK_RULES} == found
